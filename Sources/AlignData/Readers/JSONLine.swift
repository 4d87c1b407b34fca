/// What a line of a JSON lines file, or a record of a JSON document, turns out to be.
enum JSONLine {
    static let invalidUTF8 = "invalid-utf8"
    static let loneSurrogate = "lone-surrogate"
    static let holdsLoneSurrogate = "holds half of a surrogate pair, which is no character"
    /// The name under which the manifest counts records with U+FFFD in the place of such a half.
    static let mendedNote = "lone-surrogates-replaced"

    case blank
    /// - Parameter excerpt: the line's first bytes, as text. Valid while the line is.
    case object(JSONValue, at: Provenance, excerpt: () -> String)
    /// Too long, not UTF-8, not JSON or not an object.
    case rejection(Rejection)

    /// - Parameter members: the keys of the members that are built; nil for all.
    init(_ line: LineReader.Line, members: [[UInt8]]? = nil, at provenance: Provenance) {
        guard case .whole(let bytes) = line else {
            self = .rejection(
                Rejection(
                    ingest: "line-too-long", "the line is longer than \(JSONLinesReader.maxLineBytes) bytes",
                    at: provenance))
            return
        }
        if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
            self = .blank
        } else {
            self.init(bytes, named: "line", members: members, at: provenance)
        }
    }

    /// - Parameter name: what the bytes are, in sentences.
    init(
        _ bytes: UnsafeBufferPointer<UInt8>, named name: String, members: [[UInt8]]?,
        at provenance: Provenance
    ) {
        let excerpt = { String(decoding: bytes.prefix(480), as: UTF8.self) }
        func reject(_ reason: String, _ detail: String) -> JSONLine {
            .rejection(Rejection(ingest: reason, detail, at: provenance, excerpt: excerpt()))
        }
        guard UTF8Validation.isValid(bytes) else {
            self = reject(Self.invalidUTF8, "the \(name) is not UTF-8")
            return
        }
        do {
            let value = try JSONParser.parse(bytes, members: members, allowsBrokenStrings: true)
            guard case .object = value else {
                self = reject("not-an-object", "the \(name) is not a JSON object")
                return
            }
            self = .object(value, at: provenance, excerpt: excerpt)
        } catch let fault {
            self = reject("not-json", "not JSON at byte \(fault.offset) of the \(name): \(fault.what)")
        }
    }

    /// Hands out every line of a file in order.
    static func read(_ bytes: ByteSource, origin: FileOrigin, _ body: (JSONLine) throws -> Void) throws {
        var lines = LineReader(maxLineBytes: JSONLinesReader.maxLineBytes)
        let take = { (line: LineReader.Line, position: LineReader.Position) in
            try body(
                JSONLine(line, at: origin.provenance(byteOffset: position.byteOffset, line: position.line)))
        }
        while case let chunk = try bytes(), !chunk.isEmpty { try lines.feed(chunk, take) }
        try lines.finish(take)
    }
}
