/// Reads one JSON object a line. A line that cannot be used costs that line alone.
public struct JSONLinesReader {
    /// Longer lines are rejected, in bounded memory.
    public static let maxLineBytes = 64 << 20

    private let assembler: RecordAssembler
    private let paths: [Field: JSONPath]
    /// The members that the paths begin with (UTF-8).
    private let members: [[UInt8]]

    /// - Parameters:
    ///   - mapping: fields as JSON paths; a recipe has checked that they are.
    ///   - split: the split of every record, where it is fixed.
    public init(mapping: FieldMapping, split: Split? = nil) {
        assembler = RecordAssembler(mapping: mapping, split: split, separator: " ")
        var paths: [Field: JSONPath] = [:]
        for field in mapping.all where field.captureName == nil { paths[field] = JSONPath(field.expression) }
        self.paths = paths
        var members: [[UInt8]] = []
        for case .key(let name)? in paths.values.map(\.steps.first) where !members.contains(Array(name.utf8)) {
            members.append(Array(name.utf8))
        }
        self.members = members
    }

    /// Hands out every line in order, but for blank ones.
    public func read(_ bytes: ByteSource, origin: FileOrigin, _ handler: RecordHandler) throws {
        try JSONLine.read(bytes, origin: origin, members: members) { line in
            if let outcome = outcome(of: line, origin) { try handler(outcome) }
        }
    }

    private func outcome(of line: JSONLine, _ origin: FileOrigin) -> RecordOutcome? {
        switch line {
        case .blank: return nil
        case .rejection(let rejection): return .rejection(rejection)
        case .object(let value, let provenance, let excerpt):
            return assembler.outcome(origin: origin, provenance: provenance, excerpt: excerpt) { field in
                guard let path = paths[field], let found = value[path] else { return .missing }
                return Self.texts(of: found)
            }
        }
    }

    /// A scalar is one text; a list is one text an element, each a scalar or a list of scalars (sentences).
    private static func texts(of value: JSONValue) -> RecordAssembler.Value {
        if let text = value.scalarText { return .texts([text]) }
        guard case .array(let elements) = value else {
            return value == .null ? .missing : .unusable("is an object, not a text or a list of texts")
        }
        var texts: [String] = []
        for element in elements {
            if let text = element.scalarText {
                texts.append(text)
            } else if case .array(let parts) = element, case let words = parts.compactMap(\.scalarText),
                words.count == parts.count
            {
                texts.append(words.joined(separator: " "))
            } else {
                return .unusable("is a list of something other than texts")
            }
        }
        return .texts(texts)
    }
}
