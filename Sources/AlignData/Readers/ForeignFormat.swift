/// Forms of data that are no text, and are often given where text belongs; told by their first bytes. Archives and
/// compressed files are not among them: they are opened, whatever their name.
public enum ForeignFormat: String, Hashable, Sendable, CaseIterable {
    case parquet = "a Parquet file"
    case arrow = "an Arrow file"
    case feather = "a Feather file"
    case orc = "an ORC file"
    case avro = "an Avro file"
    case hdf5 = "an HDF5 file"
    case numpy = "a NumPy array"
    case sqlite = "an SQLite database"
    case gguf = "a GGUF model"
    case pdf = "a PDF document"

    private var magic: [UInt8] {
        switch self {
        case .parquet: Array("PAR1".utf8)
        case .arrow: Array("ARROW1".utf8)
        case .feather: Array("FEA1".utf8)
        case .orc: Array("ORC".utf8) + [0x08]
        case .avro: Array("Obj".utf8) + [0x01]
        case .hdf5: [0x89] + Array("HDF".utf8)
        case .numpy: [0x93] + Array("NUMPY".utf8)
        case .sqlite: Array("SQLite format 3".utf8) + [0]
        case .gguf: Array("GGUF".utf8)
        case .pdf: Array("%PDF-".utf8)
        }
    }

    /// - Parameter start: the first bytes of a file.
    init?(_ start: [UInt8]) {
        guard let found = Self.allCases.first(where: { start.starts(with: $0.magic) }) else { return nil }
        // Text may begin so: the data that the format has are not UTF-8.
        if [.parquet, .arrow, .feather, .gguf].contains(found),
            start.prefix(64).allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 })
        {
            return nil
        }
        self = found
    }

    var hint: String {
        switch self {
        case .parquet:
            "make JSON lines of it: duckdb -c \"COPY (SELECT * FROM 'IN.parquet') TO 'OUT.jsonl' (FORMAT json)\", or in "
                + "Python: pandas.read_parquet('IN.parquet').to_json('OUT.jsonl', orient='records', lines=True)"
        case .arrow, .feather:
            "make JSON lines of it, in Python: "
                + "datasets.Dataset.from_file('IN.arrow').to_json('OUT.jsonl')"
        case .orc, .avro, .hdf5, .numpy: "make JSON lines of it"
        case .sqlite:
            "make JSON lines of it with sqlite3 and its json_object; a shard of this tool belongs to a folder with a "
                + "manifest.json, which is what is given"
        case .gguf: "give the data here, and the model where a model is asked for"
        case .pdf: "take the text out of it, for example with pdftotext"
        }
    }
}

/// A file that is no text where one was given.
public struct ForeignFormatError: DescribedError, Hashable {
    public var name: String
    public var format: ForeignFormat

    public var category: FailureCategory { .badData }
    public var summary: String { "this is \(format.rawValue), not text" }
    public var location: String? { name }
    public var hint: String? { format.hint }

    /// The bytes of a file that should be text.
    /// - Throws: while reading, `ForeignFormatError` where its beginning says that it is none.
    static func checked(_ bytes: @escaping ByteSource, of origin: FileOrigin) -> ByteSource {
        var isStart = true
        return {
            let chunk = try bytes()
            if isStart, !chunk.isEmpty {
                isStart = false
                if let format = ForeignFormat(chunk) {
                    throw ForeignFormatError(name: origin.provenance().description, format: format)
                }
            }
            return chunk
        }
    }
}
