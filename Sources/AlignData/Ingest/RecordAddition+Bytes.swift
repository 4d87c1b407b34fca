/// The form in which additions wait in a file. It is read by the process that wrote it alone.
extension RecordAddition {
    func append(to bytes: inout [UInt8]) {
        bytes.append(text: sourceID)
        bytes.append(text: provenance.source)
        bytes.append(text: provenance.member)
        bytes.append(number: provenance.byteOffset ?? -1)
        bytes.append(number: provenance.line ?? -1)
        bytes.append(number: references.count)
        for reference in references { bytes.append(text: reference) }
        bytes.append(number: completions.count)
        for completion in completions {
            bytes.append(text: completion.text)
            bytes.append(text: completion.policy)
            bytes.append(number: completion.scores.count)
            for (name, value) in completion.scores.sorted(by: { $0.key < $1.key }) {
                bytes.append(text: name)
                bytes.append(number: Int(bitPattern: UInt(value.bitPattern)))
            }
        }
        bytes.append(number: extra.count)
        for (name, value) in extra.sorted(by: { $0.key < $1.key }) {
            bytes.append(text: name)
            bytes.append(text: value)
        }
    }

    init(from reader: inout ByteReader) throws {
        let sourceID = try reader.text()
        var provenance = Provenance(source: try reader.text() ?? "", member: try reader.text())
        let (offset, line) = (try reader.number(), try reader.number())
        provenance.byteOffset = offset < 0 ? nil : offset
        provenance.line = line < 0 ? nil : line
        var references: [String] = []
        for _ in 0..<max(0, try reader.number()) { references.append(try reader.text() ?? "") }
        var completions: [SourceCompletion] = []
        for _ in 0..<max(0, try reader.number()) {
            var completion = SourceCompletion(text: try reader.text() ?? "", policy: try reader.text())
            for _ in 0..<max(0, try reader.number()) {
                let name = try reader.text() ?? ""
                completion.scores[name] = Double(bitPattern: UInt64(UInt(bitPattern: try reader.number())))
            }
            completions.append(completion)
        }
        var extra: [String: String] = [:]
        for _ in 0..<max(0, try reader.number()) { extra[try reader.text() ?? ""] = try reader.text() }
        self.init(
            sourceID: sourceID, references: references, completions: completions, extra: extra,
            provenance: provenance)
    }
}

/// Numbers and texts out of bytes.
struct ByteReader {
    /// There are fewer bytes than there should be.
    struct Fault: Error {}

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func number() throws -> Int {
        guard rest.count >= 8 else { throw Fault() }
        defer { rest = rest.dropFirst(8) }
        return rest.prefix(8).number
    }

    mutating func text() throws -> String? {
        let count = try number()
        if count < 0 { return nil }
        guard rest.count >= count else { throw Fault() }
        defer { rest = rest.dropFirst(count) }
        return String(decoding: rest.prefix(count), as: UTF8.self)
    }
}

extension [UInt8] {
    mutating func append(number: Int) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    /// The length of a text that is not there is −1.
    mutating func append(text: String?) {
        guard let text else { return append(number: -1) }
        append(number: text.utf8.count)
        append(contentsOf: text.utf8)
    }
}

extension ArraySlice<UInt8> {
    /// Eight bytes, the lowest first.
    var number: Int {
        Int(littleEndian: withUnsafeBytes { $0.loadUnaligned(as: Int.self) })
    }
}
