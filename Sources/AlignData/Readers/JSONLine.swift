/// What a line of a JSON lines file turns out to be.
enum JSONLine {
    case blank
    /// - Parameter excerpt: the line's first bytes, as text. Valid while the line is.
    case object(JSONValue, at: Provenance, excerpt: () -> String)
    /// Too long, not UTF-8, not JSON or not an object.
    case rejection(Rejection)

    /// - Parameter members: as of `JSONParser.parse`.
    init(_ line: LineReader.Line, at provenance: Provenance, members: [[UInt8]]? = nil) {
        guard case .whole(let bytes) = line else {
            self = .rejection(
                Rejection(
                    ingest: "line-too-long", "the line is longer than \(JSONLinesReader.maxLineBytes) bytes",
                    at: provenance))
            return
        }
        if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
            self = .blank
            return
        }
        let excerpt = { String(decoding: bytes.prefix(480), as: UTF8.self) }
        func reject(_ reason: String, _ detail: String) -> JSONLine {
            .rejection(Rejection(ingest: reason, detail, at: provenance, excerpt: excerpt()))
        }
        guard UTF8Validation.isValid(bytes) else {
            self = reject("invalid-utf8", "the line is not UTF-8")
            return
        }
        do {
            let value = try JSONParser.parse(bytes, members: members)
            guard case .object = value else {
                self = reject("not-an-object", "the line is not a JSON object")
                return
            }
            self = .object(value, at: provenance, excerpt: excerpt)
        } catch let fault {
            self = reject("not-json", "not JSON at byte \(fault.offset) of the line: \(fault.what)")
        }
    }

    /// Hands out every line of a file in order.
    /// - Parameter members: the keys (UTF-8) of the members that are wanted; the others are only checked. Nil
    ///   for all.
    static func read(
        _ bytes: ByteSource, origin: FileOrigin, members: [[UInt8]]? = nil, _ body: (JSONLine) throws -> Void
    ) throws {
        var lines = LineReader(maxLineBytes: JSONLinesReader.maxLineBytes)
        let take = { (line: LineReader.Line, position: LineReader.Position) in
            try body(
                JSONLine(
                    line, at: origin.provenance(byteOffset: position.byteOffset, line: position.line),
                    members: members))
        }
        while case let chunk = try bytes(), !chunk.isEmpty { try lines.feed(chunk, take) }
        try lines.finish(take)
    }
}
