/// Renders a parsed template. A construct that is not supported is a fault where it is reached, never left out.
struct JinjaInterpreter {
    /// Names by scope, the innermost last.
    private var scopes: [[String: JinjaValue]]
    private var namespaces: [[String: JinjaValue]] = []
    private var output = ""
    private var steps = 0
    private var depth = 0

    /// Templates that go on for longer are refused.
    private static let maxSteps = 1_000_000
    private static let maxDepth = 100

    /// - Parameter variables: the template's global names.
    static func render(_ nodes: [JinjaNode], _ variables: [String: JinjaValue]) throws(JinjaFault) -> String {
        var interpreter = JinjaInterpreter(scopes: [variables])
        _ = try interpreter.run(nodes)
        return interpreter.output
    }

    private init(scopes: [[String: JinjaValue]]) { self.scopes = scopes }

    private enum Flow { case on, leave, next }

    private mutating func run(_ nodes: [JinjaNode]) throws(JinjaFault) -> Flow {
        for node in nodes {
            steps += 1
            guard steps < Self.maxSteps else { throw JinjaFault(what: "does not come to an end") }
            let flow = try run(node)
            if flow != .on { return flow }
        }
        return .on
    }

    private mutating func run(_ node: JinjaNode) throws(JinjaFault) -> Flow {
        switch node {
        case .text(let text): output += text
        case .output(let expression): output += try text(try value(of: expression))
        case .condition(let branches, let otherwise):
            for branch in branches {
                if try value(of: branch.test).isTrue { return try run(branch.body) }
            }
            return try run(otherwise)
        case .loop(let names, let items, let filter, let body, let otherwise):
            try loop(names, try value(of: items), filter, body, otherwise)
        case .assignment(let name, let attribute, let expression):
            let value = try value(of: expression)
            guard let attribute else {
                scopes[scopes.count - 1][name] = value
                break
            }
            guard case .namespace(let number) = lookUp(name) else {
                throw JinjaFault(what: "sets an attribute of what is no namespace")
            }
            namespaces[number][attribute] = value
        case .capture(let name, let body):
            scopes[scopes.count - 1][name] = .string(try captured(body))
        case .macro(let macro): scopes[scopes.count - 1][macro.name] = .macro(macro)
        case .leave: return .leave
        case .next: return .next
        }
        return .on
    }

    private mutating func captured(_ body: [JinjaNode]) throws(JinjaFault) -> String {
        let outer = output
        output = ""
        defer { output = outer }
        _ = try run(body)
        return output
    }

    private mutating func loop(
        _ names: [String], _ items: JinjaValue, _ filter: JinjaExpression?, _ body: [JinjaNode],
        _ otherwise: [JinjaNode]
    ) throws(JinjaFault) {
        var bound: [[String: JinjaValue]] = []
        for item in try elements(of: items) {
            var scope: [String: JinjaValue] = [:]
            if names.count == 1 {
                scope[names[0]] = item
            } else {
                guard case .list(let parts) = item, parts.count == names.count else {
                    throw JinjaFault(what: "has a loop over pairs that are none")
                }
                for (name, part) in zip(names, parts) { scope[name] = part }
            }
            if let filter {
                scopes.append(scope)
                defer { scopes.removeLast() }
                guard try value(of: filter).isTrue else { continue }
            }
            bound.append(scope)
        }
        guard !bound.isEmpty else {
            _ = try run(otherwise)
            return
        }
        for (index, var scope) in bound.enumerated() {
            scope["loop"] = .map([
                ("index", .integer(index + 1)), ("index0", .integer(index)),
                ("first", .bool(index == 0)), ("last", .bool(index == bound.count - 1)),
                ("length", .integer(bound.count)),
                ("revindex", .integer(bound.count - index)), ("revindex0", .integer(bound.count - index - 1)),
                ("previtem", index > 0 ? bound[index - 1][names[0]] ?? .undefined : .undefined),
                ("nextitem", index + 1 < bound.count ? bound[index + 1][names[0]] ?? .undefined : .undefined),
            ])
            scopes.append(scope)
            defer { scopes.removeLast() }
            if try run(body) == .leave { return }
        }
    }

    private func lookUp(_ name: String) -> JinjaValue {
        for scope in scopes.reversed() {
            if let value = scope[name] { return value }
        }
        return ["namespace", "raise_exception", "range", "dict"].contains(name) ? .function(name) : .undefined
    }

    private func text(_ value: JinjaValue) throws(JinjaFault) -> String {
        guard let text = value.printed else { throw JinjaFault(what: "prints a list or a map") }
        return text
    }

    private func elements(of value: JinjaValue) throws(JinjaFault) -> [JinjaValue] {
        switch value {
        case .list(let items): return items
        case .map(let members): return members.map { .string($0.key) }
        case .undefined: return []
        default: throw JinjaFault(what: "has a loop over what is no list")
        }
    }

    // MARK: - Expressions

    private mutating func value(of expression: JinjaExpression) throws(JinjaFault) -> JinjaValue {
        steps += 1
        depth += 1
        defer { depth -= 1 }
        guard steps < Self.maxSteps, depth < Self.maxDepth else {
            throw JinjaFault(what: "does not come to an end")
        }
        switch expression {
        case .literal(let value): return value
        case .name(let name): return lookUp(name)
        case .list(let items):
            var values: [JinjaValue] = []
            for item in items { values.append(try value(of: item)) }
            return .list(values)
        case .map(let members):
            var values: [(key: String, value: JinjaValue)] = []
            for member in members {
                values.append((try text(try value(of: member.key)), try value(of: member.value)))
            }
            return .map(values)
        case .attribute(let base, let name): return try attribute(try value(of: base), name)
        case .element(let base, let index): return try element(try value(of: base), try value(of: index))
        case .slice(let base, let from, let to, let by):
            let bounds = (try integer(from), try integer(to), try integer(by))
            return try slice(try value(of: base), bounds.0, bounds.1, bounds.2 ?? 1)
        case .call(let callee, let arguments): return try call(callee, arguments)
        case .filter(let base, let name, let arguments):
            let parameters = try parameters(arguments)
            return try JinjaLibrary.filter(name, try value(of: base), parameters)
        case .test(let base, let name, let arguments):
            var parameters: [JinjaValue] = []
            for argument in arguments { parameters.append(try value(of: argument)) }
            return .bool(try JinjaLibrary.test(name, try value(of: base), parameters))
        case .not(let operand): return .bool(!(try value(of: operand)).isTrue)
        case .negative(let operand):
            guard case .integer(let number) = try value(of: operand) else {
                throw JinjaFault(what: "negates what is no number")
            }
            return .integer(-number)
        case .binary(let left, let symbol, let right): return try binary(left, symbol, right)
        case .choice(let first, let test, let otherwise):
            if try value(of: test).isTrue { return try value(of: first) }
            guard let otherwise else { return .undefined }
            return try value(of: otherwise)
        }
    }

    private mutating func integer(_ expression: JinjaExpression?) throws(JinjaFault) -> Int? {
        guard let expression else { return nil }
        guard case .integer(let number) = try value(of: expression) else {
            throw JinjaFault(what: "has an index that is no integer")
        }
        return number
    }

    private mutating func binary(
        _ left: JinjaExpression, _ symbol: String, _ right: JinjaExpression
    ) throws(JinjaFault) -> JinjaValue {
        let first = try value(of: left)
        // The second is not looked at where the first decides.
        if symbol == "or" { return first.isTrue ? first : try value(of: right) }
        if symbol == "and" { return first.isTrue ? try value(of: right) : first }
        return try JinjaLibrary.binary(first, symbol, try value(of: right))
    }

    private func attribute(_ base: JinjaValue, _ name: String) throws(JinjaFault) -> JinjaValue {
        switch base {
        case .map: return base.member(name) ?? .undefined
        case .namespace(let number): return namespaces[number][name] ?? .undefined
        case .undefined: throw JinjaFault(what: "asks for '\(name)' of something that is not there")
        default: return .undefined
        }
    }

    private func element(_ base: JinjaValue, _ index: JinjaValue) throws(JinjaFault) -> JinjaValue {
        switch (base, index) {
        case (.list(let items), .integer(let number)):
            let place = number < 0 ? items.count + number : number
            return items.indices.contains(place) ? items[place] : .undefined
        case (.string(let text), .integer(let number)):
            let scalars = Array(text.unicodeScalars)
            let place = number < 0 ? scalars.count + number : number
            return scalars.indices.contains(place) ? .string(String(scalars[place])) : .undefined
        case (_, .string(let key)): return try attribute(base, key)
        default: throw JinjaFault(what: "has an index into what is no list")
        }
    }

    /// As Python slices.
    private func slice(_ base: JinjaValue, _ from: Int?, _ to: Int?, _ by: Int) throws(JinjaFault)
        -> JinjaValue
    {
        guard by != 0 else { throw JinjaFault(what: "has a slice of step 0") }
        func places(_ count: Int) -> [Int] {
            func clamped(_ place: Int?, _ fallback: Int) -> Int {
                guard let place else { return fallback }
                let positive = place < 0 ? place + count : place
                return by > 0 ? min(max(positive, 0), count) : min(max(positive, -1), count - 1)
            }
            let start = clamped(from, by > 0 ? 0 : count - 1)
            let end = clamped(to, by > 0 ? count : -1)
            return Array(stride(from: start, to: end, by: by))
        }
        switch base {
        case .list(let items): return .list(places(items.count).map { items[$0] })
        case .string(let text):
            let scalars = Array(text.unicodeScalars)
            var view = String.UnicodeScalarView()
            view.append(contentsOf: places(scalars.count).map { scalars[$0] })
            return .string(String(view))
        default: throw JinjaFault(what: "has a slice of what is no list")
        }
    }

    // MARK: - Calls

    private mutating func parameters(_ arguments: JinjaArguments) throws(JinjaFault)
        -> JinjaLibrary.Parameters
    {
        var parameters = JinjaLibrary.Parameters()
        for argument in arguments.positional { parameters.positional.append(try value(of: argument)) }
        for (name, argument) in arguments.named { parameters.named.append((name, try value(of: argument))) }
        return parameters
    }

    private mutating func call(
        _ callee: JinjaExpression, _ arguments: JinjaArguments
    ) throws(JinjaFault) -> JinjaValue {
        if case .attribute(let base, let method) = callee {
            let object = try value(of: base)
            if object.member(method) == nil {
                return try JinjaLibrary.method(method, of: object, try parameters(arguments))
            }
        }
        switch try value(of: callee) {
        case .macro(let macro): return .string(try expand(macro, try parameters(arguments)))
        case .function("namespace"):
            var members: [String: JinjaValue] = [:]
            for (name, value) in try parameters(arguments).named { members[name] = value }
            namespaces.append(members)
            return .namespace(namespaces.count - 1)
        case .function("dict"): return .map(try parameters(arguments).named.map { ($0.name, $0.value) })
        case .function("range"): return try JinjaLibrary.range(try parameters(arguments))
        case .function:
            // raise_exception: the template itself refuses.
            throw JinjaFault(what: "refuses this conversation")
        default: throw JinjaFault(what: "calls a function that is not supported")
        }
    }

    private mutating func expand(
        _ macro: JinjaMacro, _ parameters: JinjaLibrary.Parameters
    ) throws(JinjaFault) -> String {
        guard parameters.positional.count <= macro.parameters.count, depth < Self.maxDepth else {
            throw JinjaFault(what: "calls the macro '\(macro.name)' with too many values")
        }
        var scope: [String: JinjaValue] = [:]
        for (index, parameter) in macro.parameters.enumerated() {
            if index < parameters.positional.count {
                scope[parameter.name] = parameters.positional[index]
            } else if let named = parameters.named.last(where: { $0.name == parameter.name }) {
                scope[parameter.name] = named.value
            } else if let fallback = parameter.fallback {
                scope[parameter.name] = try value(of: fallback)
            }
        }
        // A macro sees the template's own names, not those of the place it is called from.
        let outer = scopes
        scopes = [outer[0], scope]
        defer { scopes = outer }
        return try captured(macro.body)
    }
}
