/// Renders a parsed template. A construct that is not supported is a fault where it is reached, never left out.
struct JinjaInterpreter {
    /// What a template becomes.
    struct Rendering {
        var text: JinjaText
        /// Whether the template asked what a message says, so that another message may be rendered otherwise.
        var asksMessages: Bool
    }

    /// Names by scope, the innermost last.
    private var scopes: [[String: JinjaValue]]
    private var namespaces: [[String: JinjaValue]] = []
    private var output = JinjaText("")
    private var steps = 0
    private var depth = 0
    private var library: JinjaLibrary

    /// Templates that go on for longer are refused.
    private static let maxSteps = 1_000_000
    private static let maxDepth = 100

    /// - Parameters:
    ///   - variables: the template's global names.
    ///   - date: what `strftime_now` knows; nil where there is none, and then no such function.
    static func render(
        _ nodes: [JinjaNode], _ variables: [String: JinjaValue], date: CalendarDate? = nil
    ) throws(JinjaFault) -> Rendering {
        var interpreter = JinjaInterpreter(scopes: [variables], library: JinjaLibrary(date: date))
        _ = try interpreter.run(nodes)
        return Rendering(text: interpreter.output, asksMessages: interpreter.library.asksMessages)
    }

    private init(scopes: [[String: JinjaValue]], library: JinjaLibrary) {
        self.scopes = scopes
        self.library = library
    }

    private enum Flow { case on, leave, next }

    private mutating func step() throws(JinjaFault) {
        steps += 1
        guard steps < Self.maxSteps else { throw JinjaFault(what: "does not come to an end") }
    }

    private mutating func run(_ nodes: [JinjaNode]) throws(JinjaFault) -> Flow {
        for node in nodes {
            try step()
            let flow = try run(node)
            if flow != .on { return flow }
        }
        return .on
    }

    private mutating func write(_ text: JinjaText) throws(JinjaFault) {
        try JinjaLibrary.check(bytes: output.string.utf8.count + text.string.utf8.count)
        output.append(text)
    }

    private mutating func run(_ node: JinjaNode) throws(JinjaFault) -> Flow {
        switch node {
        case .text(let text): try write(JinjaText(text))
        case .output(let expression): try write(JinjaLibrary.text(try value(of: expression)))
        case .condition(let branches, let otherwise):
            for branch in branches {
                if try isTrue(branch.test) { return try run(branch.body) }
            }
            return try run(otherwise)
        case .loop(let names, let items, let filter, let body, let otherwise):
            try loop(names, try value(of: items), filter, body, otherwise)
        case .assignment(let target, let expression): try assign(try value(of: expression), to: target)
        case .capture(let target, let filters, let body):
            try assign(try filtered(.text(try captured(body)), filters), to: target)
        case .with(let values, let body):
            var scope: [String: JinjaValue] = [:]
            for (target, expression) in values {
                guard case .name(let name) = target else { continue }
                scope[name] = try value(of: expression)
            }
            scopes.append(scope)
            defer { scopes.removeLast() }
            return try run(body)
        case .filtered(let filters, let body):
            try write(JinjaLibrary.text(try filtered(.text(try captured(body)), filters)))
        case .macro(let macro): scopes[scopes.count - 1][macro.name] = .macro(macro)
        case .call(let caller, let callee, let arguments):
            guard case .macro(let macro) = try value(of: callee) else {
                throw JinjaFault(what: "has a call block that calls no macro")
            }
            try write(try expand(macro, try parameters(arguments), caller: caller))
        case .leave: return .leave
        case .next: return .next
        }
        return .on
    }

    private mutating func assign(_ value: JinjaValue, to target: JinjaTarget) throws(JinjaFault) {
        switch target {
        case .name(let name): scopes[scopes.count - 1][name] = value
        case .attribute(let name, let attribute):
            guard case .namespace(let number) = lookUp(name) else {
                throw JinjaFault(what: "sets an attribute of what is no namespace")
            }
            namespaces[number][attribute] = value
        case .tuple(let targets):
            let items = try elements(of: value)
            guard items.count == targets.count else {
                throw JinjaFault(what: "takes \(targets.count) values out of \(items.count)")
            }
            for (target, item) in zip(targets, items) { try assign(item, to: target) }
        }
    }

    private mutating func captured(_ body: [JinjaNode]) throws(JinjaFault) -> JinjaText {
        let outer = output
        output = JinjaText("")
        defer { output = outer }
        _ = try run(body)
        return output
    }

    private mutating func filtered(
        _ value: JinjaValue, _ filters: [(name: String, arguments: JinjaArguments)]
    ) throws(JinjaFault) -> JinjaValue {
        var value = value
        for (name, arguments) in filters {
            value = try library.filter(name, value, try parameters(arguments))
        }
        return value
    }

    private mutating func loop(
        _ names: JinjaTarget, _ items: JinjaValue, _ filter: JinjaExpression?, _ body: [JinjaNode],
        _ otherwise: [JinjaNode]
    ) throws(JinjaFault) {
        if items.text != nil { library.ask(items) }
        var taken: [JinjaValue] = []
        for item in try elements(of: items) {
            guard let filter else {
                taken.append(item)
                continue
            }
            try step()
            scopes.append([:])
            defer { scopes.removeLast() }
            try assign(item, to: names)
            if try isTrue(filter) { taken.append(item) }
        }
        guard !taken.isEmpty else {
            _ = try run(otherwise)
            return
        }
        for (index, item) in taken.enumerated() {
            try step()
            scopes.append([
                "loop": .map([
                    ("index", .integer(index + 1)), ("index0", .integer(index)), ("first", .bool(index == 0)),
                    ("last", .bool(index == taken.count - 1)), ("length", .integer(taken.count)),
                    ("revindex", .integer(taken.count - index)),
                    ("revindex0", .integer(taken.count - index - 1)), ("depth", .integer(1)),
                    ("depth0", .integer(0)), ("previtem", index > 0 ? taken[index - 1] : .undefined),
                    ("nextitem", index + 1 < taken.count ? taken[index + 1] : .undefined),
                ])
            ])
            defer { scopes.removeLast() }
            try assign(item, to: names)
            if try run(body) == .leave { return }
        }
    }

    private func lookUp(_ name: String) -> JinjaValue {
        for scope in scopes.reversed() {
            if let value = scope[name] { return value }
        }
        // A template's own blocks, of which chat templates have none.
        if name == "self" { return .map([]) }
        return library.functions.contains(name) ? .function(name) : .undefined
    }

    private func elements(of value: JinjaValue) throws(JinjaFault) -> [JinjaValue] {
        switch value {
        case .list(let items), .tuple(let items): return items
        case .map(let members): return members.map(\.key.value)
        case .undefined: return []
        case .text(let text):
            let offsets = text.scalarOffsets
            return zip(offsets, offsets.dropFirst()).map { .text(text[$0..<$1]) }
        default: throw JinjaFault(what: "has a loop over what is no list")
        }
    }

    // MARK: - Expressions

    private mutating func isTrue(_ expression: JinjaExpression) throws(JinjaFault) -> Bool {
        let value = try value(of: expression)
        if value.text != nil { library.ask(value) }
        return value.isTrue
    }

    private mutating func value(of expression: JinjaExpression) throws(JinjaFault) -> JinjaValue {
        try step()
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.maxDepth else { throw JinjaFault(what: "does not come to an end") }
        switch expression {
        case .literal(let value): return value
        case .name(let name): return lookUp(name)
        case .list(let items): return try library.nested(.list(try values(of: items)))
        case .tuple(let items): return try library.nested(.tuple(try values(of: items)))
        case .map(let members):
            var values: [(key: JinjaKey, value: JinjaValue)] = []
            for member in members {
                let key = try JinjaKey(try value(of: member.key))
                values.removeAll { $0.key == key }
                values.append((key, try value(of: member.value)))
            }
            return try library.nested(.map(values))
        case .attribute(let base, let name): return try attribute(try value(of: base), name)
        case .element(let base, let index): return try element(try value(of: base), try value(of: index))
        case .slice(let base, let from, let to, let by):
            let bounds = (try integer(from), try integer(to), try integer(by))
            let value = try value(of: base)
            if value.text != nil { library.ask(value) }
            try library.spend(value)
            return try JinjaLibrary.slice(value, bounds.0, bounds.1, bounds.2 ?? 1)
        case .call(let callee, let arguments): return try call(callee, arguments)
        case .filter(let base, let name, let arguments):
            let value = try value(of: base)
            return try library.filter(name, value, try parameters(arguments))
        case .test(let base, let name, let arguments):
            let value = try value(of: base)
            return .bool(try library.test(name, value, try values(of: arguments)))
        case .not(let operand): return .bool(!(try isTrue(operand)))
        case .negative(let operand): return try library.binary(.integer(0), "-", try value(of: operand))
        case .binary(let left, let symbol, let right): return try binary(left, symbol, right)
        case .comparison(let left, let chain):
            var left = try value(of: left)
            for (symbol, expression) in chain {
                let right = try value(of: expression)
                guard try library.compare(left, symbol, right) else { return .bool(false) }
                left = right
            }
            return .bool(true)
        case .choice(let first, let test, let otherwise):
            if try isTrue(test) { return try value(of: first) }
            guard let otherwise else { return .undefined }
            return try value(of: otherwise)
        }
    }

    private mutating func values(of expressions: [JinjaExpression]) throws(JinjaFault) -> [JinjaValue] {
        var values: [JinjaValue] = []
        for expression in expressions { values.append(try value(of: expression)) }
        return values
    }

    private mutating func integer(_ expression: JinjaExpression?) throws(JinjaFault) -> Int? {
        guard let expression else { return nil }
        switch try value(of: expression) {
        case .integer(let number): return number
        case .none: return nil
        default: throw JinjaFault(what: "has an index that is no integer")
        }
    }

    private mutating func binary(
        _ left: JinjaExpression, _ symbol: String, _ right: JinjaExpression
    ) throws(JinjaFault) -> JinjaValue {
        let first = try value(of: left)
        guard symbol == "or" || symbol == "and" else {
            return try library.binary(first, symbol, try value(of: right))
        }
        // The second is not looked at where the first decides.
        if first.text != nil { library.ask(first) }
        return first.isTrue == (symbol == "or") ? first : try value(of: right)
    }

    private func attribute(_ base: JinjaValue, _ name: String) throws(JinjaFault) -> JinjaValue {
        switch base {
        case .map: return base.member(name) ?? .undefined
        case .namespace(let number): return namespaces[number][name] ?? .undefined
        case .undefined: throw JinjaFault(what: "asks for '\(name)' of something that is not there")
        default: return .undefined
        }
    }

    private mutating func element(_ base: JinjaValue, _ index: JinjaValue) throws(JinjaFault) -> JinjaValue {
        if let key = index.text { return try attribute(base, key.string) }
        if case .undefined = base {
            throw JinjaFault(what: "asks for an element of something that is not there")
        }
        guard let number = index.integer else { return .undefined }
        if case .map = base { return base.member(JinjaKey(number)) ?? .undefined }
        if let items = base.items {
            let place = number < 0 ? items.count + number : number
            return items.indices.contains(place) ? items[place] : .undefined
        }
        guard let text = base.text else { return .undefined }
        library.ask(base)
        try library.spend(base)
        let offsets = text.scalarOffsets
        let place = number < 0 ? offsets.count - 1 + number : number
        guard place >= 0, place + 1 < offsets.count else { return .undefined }
        return .text(text[offsets[place]..<offsets[place + 1]])
    }

    // MARK: - Calls

    private mutating func parameters(_ arguments: JinjaArguments) throws(JinjaFault)
        -> JinjaLibrary.Parameters
    {
        var parameters = JinjaLibrary.Parameters(positional: try values(of: arguments.positional))
        if let spread = arguments.spread { parameters.positional += try elements(of: try value(of: spread)) }
        for (name, argument) in arguments.named { parameters.named.append((name, try value(of: argument))) }
        if let spread = arguments.namedSpread {
            guard case .map(let members) = try value(of: spread) else {
                throw JinjaFault(what: "hands over names that are no map")
            }
            for (key, value) in members { parameters.named.append((key.string, value)) }
        }
        return parameters
    }

    private mutating func call(
        _ callee: JinjaExpression, _ arguments: JinjaArguments
    ) throws(JinjaFault) -> JinjaValue {
        if case .attribute(let base, let method) = callee {
            let object = try value(of: base)
            if case .undefined = object {
                throw JinjaFault(what: "asks for '\(method)' of something that is not there")
            }
            if case .macro? = object.member(method) {
            } else if case .namespace = object {
            } else {
                return try library.method(method, of: object, try parameters(arguments))
            }
        }
        switch try value(of: callee) {
        case .macro(let macro): return .text(try expand(macro, try parameters(arguments), caller: nil))
        case .function("namespace"):
            let parameters = try parameters(arguments)
            var members: [String: JinjaValue] = [:]
            if case .map(let first)? = parameters.positional.first {
                for (key, value) in first { members[key.string] = value }
            }
            for (name, value) in parameters.named { members[name] = value }
            namespaces.append(members)
            return .namespace(namespaces.count - 1)
        case .function(let name): return try library.call(name, try parameters(arguments))
        default:
            if case .name(let name) = callee {
                throw JinjaFault(
                    what: name == "strftime_now"
                        ? "asks for the date, and none was given" : "calls '\(name)', which is not supported")
            }
            throw JinjaFault(what: "calls a function that is not supported")
        }
    }

    private mutating func expand(
        _ macro: JinjaMacro, _ parameters: JinjaLibrary.Parameters, caller: JinjaMacro?
    ) throws(JinjaFault) -> JinjaText {
        guard parameters.positional.count <= macro.parameters.count else {
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
            } else {
                scope[parameter.name] = .undefined
            }
        }
        if let caller { scope["caller"] = .macro(caller) }
        // A macro sees the template's own names, not those of the place it is called from; what stands in a call
        // block sees the place where it stands.
        let outer = scopes
        if macro.name != "caller" { scopes = [outer[0]] }
        scopes.append(scope)
        defer { scopes = outer }
        return try captured(macro.body)
    }
}
