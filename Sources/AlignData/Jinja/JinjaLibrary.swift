/// The operators, functions, filters, tests and methods that chat templates use, as Jinja and Python define them. Texts
/// are sequences of Unicode scalars.
struct JinjaLibrary {
    struct Parameters {
        var positional: [JinjaValue] = []
        var named: [(name: String, value: JinjaValue)] = []

        func value(_ index: Int, _ name: String) -> JinjaValue? {
            index < positional.count ? positional[index] : named.last { $0.name == name }?.value
        }

        /// The text at `index`; nil where it is another value or none.
        func text(_ index: Int, _ name: String) -> String? { value(index, name)?.text?.string }

        /// The number at `index`; `fallback` where there is none, nil where it is another value.
        func integer(_ index: Int, _ name: String, else fallback: Int) -> Int? {
            guard let value = value(index, name) else { return fallback }
            return value.integer
        }

        var isEmpty: Bool { positional.isEmpty && named.isEmpty }
    }

    /// What `strftime_now` knows.
    let date: CalendarDate?
    /// Whether something was decided by what a message says.
    private(set) var asksMessages = false

    init(date: CalendarDate?) { self.date = date }

    /// Longer texts and lists are refused: a template may double one in every step.
    static let maxBytes = 1 << 26
    static let maxItems = 1 << 18

    static func check(bytes: Int) throws(JinjaFault) {
        guard bytes <= maxBytes else { throw JinjaFault(what: "makes a text that is too long") }
    }

    static func check(items: Int) throws(JinjaFault) {
        guard items <= maxItems else { throw JinjaFault(what: "makes a list that is too long") }
    }

    /// What texts and lists were read and made so far, in bytes.
    private var work = 0
    /// A template that moves more is refused: it may copy a long text in every step.
    private static let maxWork = 1 << 31

    mutating func spend(_ value: JinjaValue) throws(JinjaFault) {
        switch value {
        case .text(let text): work += text.string.utf8.count
        case .list(let items), .tuple(let items): work += items.count * 16
        case .map(let members): work += members.count * 32
        default: return
        }
        guard work < Self.maxWork else { throw JinjaFault(what: "does not come to an end") }
    }

    mutating func spend(_ parameters: Parameters) throws(JinjaFault) {
        for value in parameters.positional { try spend(value) }
        for (_, value) in parameters.named { try spend(value) }
    }

    /// A list or a map around others.
    /// - Throws: where it is nested so deeply that taking it apart again could not end.
    mutating func nested(_ value: JinjaValue) throws(JinjaFault) -> JinjaValue {
        try measure(value, level: 0)
        return value
    }

    private mutating func measure(_ value: JinjaValue, level: Int) throws(JinjaFault) {
        guard level < 64 else { throw JinjaFault(what: "is nested too deeply") }
        switch value {
        case .list(let items), .tuple(let items):
            try spend(value)
            for item in items { try measure(item, level: level + 1) }
        case .map(let members):
            try spend(value)
            for (_, item) in members { try measure(item, level: level + 1) }
        default: return
        }
    }

    /// Notes that what follows depends on `value`.
    mutating func ask(_ value: JinjaValue) {
        if !asksMessages, value.holdsMessages { asksMessages = true }
    }

    /// As `{{ }}` prints it.
    static func text(_ value: JinjaValue) throws(JinjaFault) -> JinjaText {
        guard let text = value.printed else { throw JinjaFault(what: "prints a macro or a namespace") }
        return text
    }

    // MARK: - Functions

    var functions: Set<String> {
        let always: Set = ["namespace", "raise_exception", "range", "dict"]
        return date == nil ? always : always.union(["strftime_now"])
    }

    mutating func call(_ name: String, _ parameters: Parameters) throws(JinjaFault) -> JinjaValue {
        switch name {
        case "dict":
            var members: [(key: JinjaKey, value: JinjaValue)] = []
            if case .map(let first)? = parameters.positional.first { members = first }
            for (name, value) in parameters.named {
                members.removeAll { $0.key == JinjaKey(name) }
                members.append((JinjaKey(name), value))
            }
            return try nested(.map(members))
        case "range": return try Self.range(parameters)
        case "strftime_now":
            guard let format = parameters.text(0, "format"), let text = date?.formatted(format) else {
                throw JinjaFault(what: "asks for the date in a form that is not supported")
            }
            return .string(text)
        default:
            // raise_exception: the template itself refuses.
            throw JinjaFault(what: "refuses this conversation")
        }
    }

    private static func range(_ parameters: Parameters) throws(JinjaFault) -> JinjaValue {
        let bounds = parameters.positional.compactMap(\.integer)
        let start = bounds.count > 1 ? bounds[0] : 0
        let step = bounds.count > 2 ? bounds[2] : 1
        guard bounds.count == parameters.positional.count,
            let end = bounds.count > 1 ? bounds[1] : bounds.first, step != 0,
            case let (span, overflows) = end.subtractingReportingOverflow(start), !overflows,
            span.magnitude / step.magnitude < 100_000
        else { throw JinjaFault(what: "has a range that is none") }
        return .list(stride(from: start, to: end, by: step).map { .integer($0) })
    }

    // MARK: - Operators

    mutating func compare(
        _ a: JinjaValue, _ symbol: String, _ b: JinjaValue
    ) throws(JinjaFault) -> Bool {
        try spend(a)
        try spend(b)
        ask(a)
        ask(b)
        switch symbol {
        case "==": return JinjaValue.equal(a, b)
        case "!=": return !JinjaValue.equal(a, b)
        case "in": return try Self.contains(b, a)
        case "not in": return try !Self.contains(b, a)
        default: break
        }
        guard let isLess = Self.isLess(a, b), let isMore = Self.isLess(b, a) else {
            throw JinjaFault(what: "uses '\(symbol)' between values for which it is not supported")
        }
        switch symbol {
        case "<": return isLess
        case ">": return isMore
        case "<=": return !isMore
        default: return !isLess
        }
    }

    /// Nil for values that have no order.
    static func isLess(_ a: JinjaValue, _ b: JinjaValue) -> Bool? {
        if let a = a.number, let b = b.number { return a < b }
        if let a = a.text, let b = b.text {
            return a.string.unicodeScalars.lexicographicallyPrecedes(b.string.unicodeScalars)
        }
        guard let a = a.items, let b = b.items else { return nil }
        for (a, b) in zip(a, b) where !JinjaValue.equal(a, b) { return isLess(a, b) }
        return a.count < b.count
    }

    private static func contains(_ container: JinjaValue, _ value: JinjaValue) throws(JinjaFault) -> Bool {
        switch container {
        case .text(let text):
            guard let part = value.text else { break }
            return part.isEmpty || !text.places(of: part.string, limit: 1).isEmpty
        case .list(let items), .tuple(let items): return items.contains { JinjaValue.equal($0, value) }
        case .map: return (try? JinjaKey(value)).flatMap { container.member($0) } != nil
        case .undefined: return false
        default: break
        }
        throw JinjaFault(what: "uses 'in' between values for which it is not supported")
    }

    mutating func binary(
        _ a: JinjaValue, _ symbol: String, _ b: JinjaValue
    ) throws(JinjaFault) -> JinjaValue {
        let result = try operated(a, symbol, b)
        try spend(result)
        return result
    }

    private func operated(_ a: JinjaValue, _ symbol: String, _ b: JinjaValue) throws(JinjaFault) -> JinjaValue
    {
        switch (symbol, a, b) {
        case ("+", .text(let a), .text(let b)):
            try Self.check(bytes: a.string.utf8.count + b.string.utf8.count)
            return .text(a + b)
        case ("+", .list(let a), .list(let b)):
            try Self.check(items: a.count + b.count)
            return .list(a + b)
        case ("+", .tuple(let a), .tuple(let b)):
            try Self.check(items: a.count + b.count)
            return .tuple(a + b)
        case ("~", _, _):
            let (a, b) = (try Self.text(a), try Self.text(b))
            try Self.check(bytes: a.string.utf8.count + b.string.utf8.count)
            return .text(a + b)
        case ("*", .text(let text), _), ("*", _, .text(let text)):
            guard let count = (a.text == nil ? a : b).integer else { break }
            return .text(try Self.repeated(text, count))
        case ("*", .list(let items), .integer(let count)):
            try Self.check(items: items.count.multipliedReportingOverflow(by: max(0, count)).partialValue)
            guard count < Self.maxItems else { throw JinjaFault(what: "makes a list that is too long") }
            return .list(Array(repeating: items, count: max(0, count)).flatMap { $0 })
        case ("%", .text(let format), _): return .text(try Self.formatted(format, b.items ?? [b]))
        default:
            if let value = Self.arithmetic(a, symbol, b) { return value }
        }
        throw JinjaFault(what: "uses '\(symbol)' between values for which it is not supported")
    }

    static func repeated(_ text: JinjaText, _ count: Int) throws(JinjaFault) -> JinjaText {
        guard count > 0, !text.isEmpty else { return JinjaText("") }
        guard count <= maxBytes / text.string.utf8.count else {
            throw JinjaFault(what: "makes a text that is too long")
        }
        return JinjaText(String(repeating: text.string, count: count), of: [text])
    }

    /// `%s` and `%d`, as Python fills them in.
    static func formatted(_ format: JinjaText, _ values: [JinjaValue]) throws(JinjaFault) -> JinjaText {
        var result = JinjaText("")
        var values = values[...]
        for (index, piece) in format.split("%").enumerated() {
            guard index > 0 else {
                result = piece
                continue
            }
            guard let directive = piece.string.unicodeScalars.first, directive == "s" || directive == "d",
                let value = values.popFirst(), directive == "s" || value.integer != nil
            else { throw JinjaFault(what: "uses '%' in a way that is not supported") }
            result.append(try text(value))
            result.append(piece[1..<piece.string.utf8.count])
        }
        return result
    }

    private static func arithmetic(_ a: JinjaValue, _ symbol: String, _ b: JinjaValue) -> JinjaValue? {
        guard let first = a.number, let second = b.number else { return nil }
        if symbol == "/" { return second == 0 ? nil : .float(first / second) }
        guard let a = a.integer, let b = b.integer else {
            switch symbol {
            case "+": return .float(first + second)
            case "-": return .float(first - second)
            case "*": return .float(first * second)
            case "//" where second != 0: return .float((first / second).rounded(.down))
            case "%" where second != 0: return .float(first - second * (first / second).rounded(.down))
            default: return nil
            }
        }
        switch symbol {
        case "+": return exact(a.addingReportingOverflow(b))
        case "-": return exact(a.subtractingReportingOverflow(b))
        case "*": return exact(a.multipliedReportingOverflow(by: b))
        case "//" where b != 0 && !(a == .min && b == -1):
            return .integer(a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0))
        case "%" where b != 0 && b != -1:
            let rest = a % b
            return .integer(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest)
        case "%" where b == -1: return .integer(0)
        case "**" where b >= 0 && b < 64:
            var power = (partialValue: 1, overflow: false)
            for _ in 0..<b where !power.overflow {
                power = power.partialValue.multipliedReportingOverflow(by: a)
            }
            return exact(power)
        default: return nil
        }
    }

    private static func exact(_ result: (partialValue: Int, overflow: Bool)) -> JinjaValue? {
        result.overflow ? nil : .integer(result.partialValue)
    }

    /// As Python slices.
    static func slice(
        _ base: JinjaValue, _ from: Int?, _ to: Int?, _ by: Int
    ) throws(JinjaFault) -> JinjaValue {
        guard by != 0 else { throw JinjaFault(what: "has a slice of step 0") }
        func places(_ count: Int) -> [Int] {
            func clamped(_ place: Int?, _ fallback: Int) -> Int {
                guard let place else { return fallback }
                let positive = place < 0 ? max(place, -count - 1) + count : place
                return by > 0 ? min(max(positive, 0), count) : min(max(positive, -1), count - 1)
            }
            let start = clamped(from, by > 0 ? 0 : count - 1)
            let end = clamped(to, by > 0 ? count : -1)
            return Array(stride(from: start, to: end, by: by))
        }
        switch base {
        case .list(let items): return .list(places(items.count).map { items[$0] })
        case .tuple(let items): return .tuple(places(items.count).map { items[$0] })
        case .text(let text):
            let offsets = text.scalarOffsets
            let places = places(offsets.count - 1)
            if by == 1 {
                guard let first = places.first, let last = places.last else { return .string("") }
                return .text(text[offsets[first]..<offsets[last + 1]])
            }
            return .text(.joined(places.map { text[offsets[$0]..<offsets[$0 + 1]] }, by: JinjaText("")))
        case .undefined: throw JinjaFault(what: "has a slice of something that is not there")
        default: throw JinjaFault(what: "has a slice of what is no list")
        }
    }
}
