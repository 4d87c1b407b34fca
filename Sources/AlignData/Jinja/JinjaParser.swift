/// Parses the part of Jinja that chat templates are written in.
struct JinjaParser {
    private var pieces: ArraySlice<JinjaLexer.Piece>
    /// What is left of the tag that is being read.
    private var tokens: ArraySlice<JinjaLexer.Token> = []
    private var depth = 0

    /// Deeper nesting is refused: recursion must end.
    private static let maxDepth = 100

    static func parse(_ source: String) throws(JinjaFault) -> [JinjaNode] {
        var parser = JinjaParser(pieces: try JinjaLexer.pieces(of: source)[...])
        let (nodes, end) = try parser.nodes(until: [])
        if let end { throw JinjaFault(what: "has '\(end)' where nothing begins") }
        return nodes
    }

    private init(pieces: ArraySlice<JinjaLexer.Piece>) { self.pieces = pieces }

    // MARK: - Blocks

    /// The nodes up to one of `ends`, whose tag is left in `tokens`.
    private mutating func nodes(until ends: Set<String>) throws(JinjaFault) -> ([JinjaNode], end: String?) {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.maxDepth else { throw JinjaFault(what: "is nested too deeply") }
        var nodes: [JinjaNode] = []
        while let piece = pieces.popFirst() {
            switch piece {
            case .text(let text): nodes.append(.text(text))
            case .output(let found):
                tokens = found[...]
                nodes.append(
                    .output(try tuple(of: { parser throws(JinjaFault) in try parser.expression() })))
                try endOfTag()
            case .block(let found):
                tokens = found[...]
                let word = try name()
                if ends.contains(word) { return (nodes, word) }
                nodes += try block(word)
            }
        }
        guard ends.isEmpty else {
            throw JinjaFault(what: "has a block without its '\(ends.min() ?? "end")'")
        }
        return (nodes, nil)
    }

    private mutating func block(_ word: String) throws(JinjaFault) -> [JinjaNode] {
        switch word {
        case "if": return [try condition()]
        case "for": return [try loop()]
        case "set": return [try assignment()]
        case "macro": return [try macro()]
        case "call": return [try callBlock()]
        case "filter":
            let filters = try filterChain()
            try endOfTag()
            return [.filtered(filters, body: try body("endfilter"))]
        case "with":
            var values: [(name: JinjaTarget, value: JinjaExpression)] = []
            while !tokens.isEmpty {
                let name = JinjaTarget.name(try name())
                try expect("=")
                values.append((name, try expression()))
                if !skip(",") { break }
            }
            try endOfTag()
            return [.with(values, body: try body("endwith"))]
        case "generation":
            try endOfTag()
            return try body("endgeneration")
        case "break", "continue":
            try endOfTag()
            return [word == "break" ? .leave : .next]
        default: throw JinjaFault(what: "uses the block '\(word)', which is not supported")
        }
    }

    private mutating func condition() throws(JinjaFault) -> JinjaNode {
        var branches: [(test: JinjaExpression, body: [JinjaNode])] = []
        while true {
            let test = try expression()
            try endOfTag()
            let (body, end) = try nodes(until: ["elif", "else", "endif"])
            branches.append((test, body))
            if end == "elif" { continue }
            try endOfTag()
            guard end == "else" else { return .condition(branches, otherwise: []) }
            let (otherwise, _) = try nodes(until: ["endif"])
            try endOfTag()
            return .condition(branches, otherwise: otherwise)
        }
    }

    /// The nodes up to the tag that ends the block.
    private mutating func body(_ end: String) throws(JinjaFault) -> [JinjaNode] {
        let (body, _) = try nodes(until: [end])
        // A macro's name may be repeated.
        if end == "endmacro" || end == "endcall" { tokens = [] }
        try endOfTag()
        return body
    }

    private mutating func loop() throws(JinjaFault) -> JinjaNode {
        let names = try target()
        guard try name() == "in" else { throw JinjaFault(what: "has a loop without 'in'") }
        let items = try tuple(of: { parser throws(JinjaFault) in try parser.alternative() })
        let filter = skipName("if") ? try expression() : nil
        if tokens.first == .name("recursive") {
            throw JinjaFault(what: "uses a recursive loop, which is not supported")
        }
        try endOfTag()
        var (body, end) = try nodes(until: ["else", "endfor"])
        try endOfTag()
        var otherwise: [JinjaNode] = []
        if end == "else" {
            (otherwise, end) = try nodes(until: ["endfor"])
            try endOfTag()
        }
        return .loop(names: names, items: items, filter: filter, body: body, otherwise: otherwise)
    }

    /// One name, several, or in parentheses.
    private mutating func target() throws(JinjaFault) -> JinjaTarget {
        var targets: [JinjaTarget] = []
        var isTuple = false
        repeat {
            if isTuple, tokens.isEmpty || tokens.first == .symbol(")") || tokens.first == .symbol("=") {
                break
            }
            if skip("(") {
                targets.append(try target())
                try expect(")")
            } else {
                let name = try name()
                targets.append(skip(".") ? .attribute(name, try self.name()) : .name(name))
            }
            if tokens.first == .symbol(",") { isTuple = true }
        } while skip(",")
        return isTuple ? .tuple(targets) : targets[0]
    }

    private mutating func assignment() throws(JinjaFault) -> JinjaNode {
        let target = try target()
        if skip("=") {
            let value = try tuple(of: { parser throws(JinjaFault) in try parser.expression() })
            try endOfTag()
            return .assignment(target, value: value)
        }
        let filters = skip("|") ? try filterChain() : []
        try endOfTag()
        return .capture(target, filters: filters, body: try body("endset"))
    }

    /// Filters without the value that they are applied to.
    private mutating func filterChain() throws(JinjaFault) -> [(name: String, arguments: JinjaArguments)] {
        var filters: [(name: String, arguments: JinjaArguments)] = []
        repeat {
            filters.append((try name(), skip("(") ? try arguments() : JinjaArguments()))
        } while skip("|")
        return filters
    }

    private mutating func parameters() throws(JinjaFault) -> [(name: String, fallback: JinjaExpression?)] {
        var parameters: [(name: String, fallback: JinjaExpression?)] = []
        while !skip(")") {
            let parameter = try name()
            parameters.append((parameter, skip("=") ? try expression() : nil))
            if !skip(",") {
                try expect(")")
                break
            }
        }
        return parameters
    }

    private mutating func macro() throws(JinjaFault) -> JinjaNode {
        let name = try name()
        try expect("(")
        let parameters = try parameters()
        try endOfTag()
        return .macro(JinjaMacro(name: name, parameters: parameters, body: try body("endmacro")))
    }

    private mutating func callBlock() throws(JinjaFault) -> JinjaNode {
        let parameters = skip("(") ? try parameters() : []
        guard case .call(let callee, let arguments) = try expression() else {
            throw JinjaFault(what: "has a call block without a call")
        }
        try endOfTag()
        let caller = JinjaMacro(name: "caller", parameters: parameters, body: try body("endcall"))
        return .call(caller, callee: callee, arguments)
    }

    // MARK: - Tokens

    private mutating func name() throws(JinjaFault) -> String {
        guard case .name(let name)? = tokens.popFirst() else {
            throw JinjaFault(what: "has a tag in which a name is missing")
        }
        return name
    }

    private mutating func skip(_ symbol: String) -> Bool {
        guard tokens.first == .symbol(symbol) else { return false }
        tokens.removeFirst()
        return true
    }

    private mutating func skipName(_ name: String) -> Bool {
        guard tokens.first == .name(name) else { return false }
        tokens.removeFirst()
        return true
    }

    private mutating func expect(_ symbol: String) throws(JinjaFault) {
        guard skip(symbol) else { throw JinjaFault(what: "has a tag in which '\(symbol)' is missing") }
    }

    private func endOfTag() throws(JinjaFault) {
        guard tokens.isEmpty else { throw JinjaFault(what: "has a tag with more in it than an expression") }
    }

    // MARK: - Expressions

    private mutating func expression() throws(JinjaFault) -> JinjaExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.maxDepth else { throw JinjaFault(what: "is nested too deeply") }
        let value = try alternative()
        guard skipName("if") else { return value }
        let test = try alternative()
        return .choice(value, test: test, otherwise: skipName("else") ? try expression() : nil)
    }

    private mutating func alternative() throws(JinjaFault) -> JinjaExpression {
        var left = try conjunction()
        while skipName("or") { left = .binary(left, "or", try conjunction()) }
        return left
    }

    private mutating func conjunction() throws(JinjaFault) -> JinjaExpression {
        var left = try negation()
        while skipName("and") { left = .binary(left, "and", try negation()) }
        return left
    }

    private mutating func negation() throws(JinjaFault) -> JinjaExpression {
        guard skipName("not") else { return try comparison() }
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.maxDepth else { throw JinjaFault(what: "is nested too deeply") }
        return .not(try negation())
    }

    private mutating func comparison() throws(JinjaFault) -> JinjaExpression {
        let left = try sum()
        var chain: [(symbol: String, value: JinjaExpression)] = []
        while true {
            if case .symbol(let symbol)? = tokens.first, ["==", "!=", "<", ">", "<=", ">="].contains(symbol) {
                tokens.removeFirst()
                chain.append((symbol, try sum()))
            } else if skipName("in") {
                chain.append(("in", try sum()))
            } else if tokens.first == .name("not"), tokens.dropFirst().first == .name("in") {
                tokens.removeFirst(2)
                chain.append(("not in", try sum()))
            } else {
                return chain.isEmpty ? left : .comparison(left, chain)
            }
        }
    }

    private mutating func sum() throws(JinjaFault) -> JinjaExpression {
        var left = try concatenation()
        while case .symbol(let symbol)? = tokens.first, symbol == "+" || symbol == "-" {
            tokens.removeFirst()
            left = .binary(left, symbol, try concatenation())
        }
        return left
    }

    private mutating func concatenation() throws(JinjaFault) -> JinjaExpression {
        var left = try product()
        while skip("~") { left = .binary(left, "~", try product()) }
        return left
    }

    private mutating func product() throws(JinjaFault) -> JinjaExpression {
        var left = try power()
        while case .symbol(let symbol)? = tokens.first, ["*", "/", "//", "%"].contains(symbol) {
            tokens.removeFirst()
            left = .binary(left, symbol, try power())
        }
        return left
    }

    private mutating func power() throws(JinjaFault) -> JinjaExpression {
        var left = try unary(withFilters: true)
        while skip("**") { left = .binary(left, "**", try unary(withFilters: true)) }
        return left
    }

    private mutating func unary(withFilters: Bool) throws(JinjaFault) -> JinjaExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.maxDepth else { throw JinjaFault(what: "is nested too deeply") }
        var value: JinjaExpression
        if skip("-") {
            value = .negative(try unary(withFilters: false))
        } else if skip("+") {
            value = try unary(withFilters: false)
        } else {
            value = try postfix(primary())
        }
        while withFilters {
            if skip("|") {
                let filter = try name()
                value = .filter(value, filter, skip("(") ? try arguments() : JinjaArguments())
            } else if skipName("is") {
                let isNegated = skipName("not")
                value = try test(value)
                if isNegated { value = .not(value) }
            } else if skip("(") {
                value = .call(value, try arguments())
            } else {
                return value
            }
        }
        return value
    }

    /// After `is`.
    private mutating func test(_ value: JinjaExpression) throws(JinjaFault) -> JinjaExpression {
        let word = try name()
        var parameters: [JinjaExpression] = []
        if skip("(") {
            parameters = try arguments().positional
        } else if takesParameter {
            parameters = [try postfix(primary())]
        }
        return .test(value, word, parameters)
    }

    /// Whether what follows a test's name is its parameter.
    private var takesParameter: Bool {
        switch tokens.first {
        case .name(let name): !["else", "or", "and", "is", "if", "not", "in"].contains(name)
        case .string, .integer, .float, .symbol("["), .symbol("{"): true
        default: false
        }
    }

    /// Values between commas, or the one value.
    private mutating func tuple(
        of item: (inout JinjaParser) throws(JinjaFault) -> JinjaExpression
    ) throws(JinjaFault) -> JinjaExpression {
        let first = try item(&self)
        guard tokens.first == .symbol(",") else { return first }
        var items = [first]
        while skip(",") {
            if tokens.isEmpty || tokens.first == .symbol(")") || tokens.first == .symbol("]") { break }
            items.append(try item(&self))
        }
        return .tuple(items)
    }

    private mutating func primary() throws(JinjaFault) -> JinjaExpression {
        switch tokens.popFirst() {
        case .string(var text):
            while case .string(let more)? = tokens.first {
                text += more
                tokens.removeFirst()
            }
            return .literal(.string(text))
        case .integer(let value): return .literal(.integer(value))
        case .float(let value): return .literal(.float(value))
        case .name("true"), .name("True"): return .literal(.bool(true))
        case .name("false"), .name("False"): return .literal(.bool(false))
        case .name("none"), .name("None"): return .literal(.none)
        case .name(let name): return .name(name)
        case .symbol("("):
            if skip(")") { return .tuple([]) }
            let value = try tuple(of: { parser throws(JinjaFault) in try parser.expression() })
            try expect(")")
            return value
        case .symbol("["):
            var items: [JinjaExpression] = []
            while !skip("]") {
                items.append(try expression())
                if !skip(",") {
                    try expect("]")
                    break
                }
            }
            return .list(items)
        case .symbol("{"):
            var members: [(key: JinjaExpression, value: JinjaExpression)] = []
            while !skip("}") {
                let key = try expression()
                try expect(":")
                members.append((key, try expression()))
                if !skip(",") {
                    try expect("}")
                    break
                }
            }
            return .map(members)
        case .symbol(let symbol): throw JinjaFault(what: "has '\(symbol)' where a value should stand")
        case nil: throw JinjaFault(what: "has a tag that ends where a value should stand")
        }
    }

    private mutating func postfix(_ start: JinjaExpression) throws(JinjaFault) -> JinjaExpression {
        var value = start
        while true {
            if skip(".") {
                if case .integer(let place)? = tokens.first {
                    tokens.removeFirst()
                    value = .element(value, .literal(.integer(place)))
                } else {
                    value = .attribute(value, try name())
                }
            } else if skip("(") {
                value = .call(value, try arguments())
            } else if skip("[") {
                value = try subscripted(value)
            } else {
                return value
            }
        }
    }

    private mutating func subscripted(_ value: JinjaExpression) throws(JinjaFault) -> JinjaExpression {
        var bounds: [JinjaExpression?] = [nil]
        while !skip("]") {
            if skip(":") { bounds.append(nil) } else { bounds[bounds.count - 1] = try expression() }
            guard !tokens.isEmpty else { throw JinjaFault(what: "has a tag in which ']' is missing") }
        }
        switch bounds.count {
        case 1:
            guard let index = bounds[0] else { throw JinjaFault(what: "has an index without a value") }
            return .element(value, index)
        case 2, 3:
            return .slice(value, from: bounds[0], to: bounds[1], by: bounds.count == 3 ? bounds[2] : nil)
        default: throw JinjaFault(what: "has a slice of too many parts")
        }
    }

    /// After the opening parenthesis.
    private mutating func arguments() throws(JinjaFault) -> JinjaArguments {
        var arguments = JinjaArguments()
        while !skip(")") {
            if arguments.spread == nil, skip("*") {
                arguments.spread = try expression()
            } else if arguments.namedSpread == nil, skip("**") {
                arguments.namedSpread = try expression()
            } else if case .name(let name)? = tokens.first, tokens.dropFirst().first == .symbol("=") {
                tokens.removeFirst(2)
                arguments.named.append((name, try expression()))
            } else {
                arguments.positional.append(try expression())
            }
            if !skip(",") {
                try expect(")")
                break
            }
        }
        return arguments
    }
}
