/// Parses the part of Jinja that chat templates are written in.
struct JinjaParser {
    private var pieces: ArraySlice<JinjaLexer.Piece>
    /// What is left of the tag that is being read.
    private var tokens: ArraySlice<JinjaLexer.Token> = []
    private var depth = 0

    /// Deeper nesting is refused: recursion must end.
    private static let maxDepth = 200

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
                nodes.append(.output(try expression()))
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
        case "generation":
            try endOfTag()
            let (body, _) = try nodes(until: ["endgeneration"])
            try endOfTag()
            return body
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

    private mutating func loop() throws(JinjaFault) -> JinjaNode {
        var names = [try name()]
        while skip(",") { names.append(try name()) }
        guard try name() == "in" else { throw JinjaFault(what: "has a loop without 'in'") }
        let items = try alternative()
        let filter = skipName("if") ? try expression() : nil
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

    private mutating func assignment() throws(JinjaFault) -> JinjaNode {
        let target = try name()
        let attribute = skip(".") ? try name() : nil
        if skip("=") {
            let value = try expression()
            try endOfTag()
            return .assignment(name: target, attribute: attribute, value: value)
        }
        try endOfTag()
        guard attribute == nil else { throw JinjaFault(what: "sets an attribute to a block") }
        let (body, _) = try nodes(until: ["endset"])
        try endOfTag()
        return .capture(name: target, body: body)
    }

    private mutating func macro() throws(JinjaFault) -> JinjaNode {
        var macro = JinjaMacro(name: try name(), parameters: [], body: [])
        try expect("(")
        while !skip(")") {
            let parameter = try name()
            macro.parameters.append((parameter, skip("=") ? try expression() : nil))
            if !skip(",") {
                try expect(")")
                break
            }
        }
        try endOfTag()
        (macro.body, _) = try nodes(until: ["endmacro"])
        // The macro's name may be repeated.
        tokens = []
        return .macro(macro)
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
        skipName("not") ? .not(try negation()) : try comparison()
    }

    private mutating func comparison() throws(JinjaFault) -> JinjaExpression {
        var left = try sum()
        while true {
            if case .symbol(let symbol)? = tokens.first, ["==", "!=", "<", ">", "<=", ">="].contains(symbol) {
                tokens.removeFirst()
                left = .binary(left, symbol, try sum())
            } else if skipName("in") {
                left = .binary(left, "in", try sum())
            } else if tokens.first == .name("not"), tokens.dropFirst().first == .name("in") {
                tokens.removeFirst(2)
                left = .not(.binary(left, "in", try sum()))
            } else {
                return left
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
        var left = try unary()
        while case .symbol(let symbol)? = tokens.first, ["*", "//", "%"].contains(symbol) {
            tokens.removeFirst()
            left = .binary(left, symbol, try unary())
        }
        return left
    }

    private mutating func unary() throws(JinjaFault) -> JinjaExpression {
        if skip("-") { return .negative(try unary()) }
        var value = try postfix(primary())
        while true {
            if skip("|") {
                let filter = try name()
                value = .filter(value, filter, skip("(") ? try arguments() : JinjaArguments())
                value = try postfix(value)
            } else if skipName("is") {
                let isNegated = skipName("not")
                value = try test(value)
                if isNegated { value = .not(value) }
            } else {
                return value
            }
        }
    }

    /// After `is`. Only the tests that compare take something.
    private mutating func test(_ value: JinjaExpression) throws(JinjaFault) -> JinjaExpression {
        let word = try name()
        var parameters: [JinjaExpression] = []
        if skip("(") {
            parameters = try arguments().positional
        } else if ["equalto", "eq", "ne", "in", "divisibleby", "sameas"].contains(word) {
            parameters = [try postfix(primary())]
        }
        return .test(value, word, parameters)
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
        case .name("true"), .name("True"): return .literal(.bool(true))
        case .name("false"), .name("False"): return .literal(.bool(false))
        case .name("none"), .name("None"): return .literal(.none)
        case .name(let name): return .name(name)
        case .symbol("("):
            let value = try expression()
            if tokens.first == .symbol(",") { throw JinjaFault(what: "uses a tuple, which is not supported") }
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
                value = .attribute(value, try name())
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
            if case .name(let name)? = tokens.first, tokens.dropFirst().first == .symbol("=") {
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
