/// Files that are read whole.
enum TextFile {
    /// Larger files are rejected.
    static let maxBytes = 32 << 20

    /// `nil` when the file is larger than the limit.
    static func bytes(of source: ByteSource) throws -> [UInt8]? {
        var content: [UInt8] = []
        while case let chunk = try source(), !chunk.isEmpty {
            content += chunk
            if content.count > maxBytes { return nil }
        }
        return content
    }

    enum Result {
        case text(TextDecoder.Decoded)
        case rejection(Rejection)
    }

    static func text(of file: RecordFile, _ decoder: TextDecoder) throws -> Result {
        let place = file.origin.provenance(byteOffset: 0)
        guard let bytes = try bytes(of: decoder.source(file.bytes)) else {
            return .rejection(tooLarge(place))
        }
        guard let decoded = decoder.text(bytes) else {
            return .rejection(Rejection(ingest: "invalid-utf8", "the file is not UTF-8", at: place))
        }
        return .text(decoded)
    }

    static func tooLarge(_ place: Provenance) -> Rejection {
        Rejection(ingest: "file-too-large", "the file is larger than \(maxBytes) bytes", at: place)
    }

    /// The texts of the summary files of `file`; `nil` after a rejection was handed out in their place.
    static func summaries(
        of file: RecordFile, _ decoder: TextDecoder, _ handler: RecordHandler
    ) throws -> [String]? {
        guard let files = file.summaries else { return [] }
        if files.isEmpty {
            let detail = "no summary file has what the names in braces and the wildcards stand for here"
            try handler(
                .rejection(
                    Rejection(ingest: "missing-summary", detail, at: file.origin.provenance(byteOffset: 0))))
            return nil
        }
        var texts: [String] = []
        for file in files {
            switch try text(of: file, decoder) {
            case .text(let decoded):
                if decoded.isRepaired { try handler(.noted(TextDecoder.repairNote, 1)) }
                texts.append(decoded.text)
            case .rejection(let rejection):
                try handler(.rejection(rejection))
                return nil
            }
        }
        return texts
    }
}
