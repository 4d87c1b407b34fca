/// Some files of a corpus that are read in one way.
public struct RecipeSource: Hashable, Sendable, Codable {
    /// The field of a text that has no fields.
    static let textField = "text"

    /// How a file is parsed. Raw values are what recipes say.
    public enum Format: String, Hashable, Sendable, Codable, CaseIterable {
        /// One JSON object a line; fields are JSON paths.
        case jsonLines = "jsonl"
        /// JSON documents; a record is what the JSON path `record` selects, or each element of a list.
        case json
        /// Comma-separated values (RFC 4180) with a line of column names; fields are columns.
        case csv
        /// Tab-separated values, unquoted.
        case tsv
        /// Elements that the path `record` selects; fields are XPath from there.
        case xml
        /// One page a file, or what the XPath `record` selects in it; fields are XPath from there.
        case html
        /// Plain text, cut as `record` says.
        case text
    }

    /// How a text file is cut into records. Raw values are what recipes say.
    public enum TextRecord: String, Hashable, Sendable, Codable, CaseIterable {
        /// The whole file; its field is `text`.
        case file
        /// Each line; its field is `text`. Summary files are paired line by line.
        case line
        /// Paragraphs of `Name: value` lines (deb822); each name is a field.
        case stanza
    }

    /// What a source's completions are called, wherever someone wrote some already.
    public struct Completions: Hashable, Sendable, Codable {
        /// Selects them; the other paths start from there. `nil`: the record itself is one.
        public var each: String?
        public var text: Field
        /// Who wrote it.
        public var policy: Field?
        public var scores: [String: Field]
    }

    /// What a record must be like to be taken.
    public struct Condition: Hashable, Sendable, Codable {
        public enum Rule: Hashable, Sendable, Codable {
            /// Some text of the field is one of these.
            case isOneOf([String])
            /// No text of the field is one of these.
            case isNoneOf([String])
            /// The field is there, or is not.
            case exists(Bool)
        }

        public var field: Field
        public var rule: Rule
    }

    /// A way out for text that is not UTF-8. Raw values are what recipes say.
    public enum Repair: String, Hashable, Sendable, Codable, CaseIterable {
        /// U+FFFD for every piece that is not UTF-8.
        case replace
        /// A text that is not UTF-8 is taken for Windows-1252.
        case windows1252 = "windows-1252"
    }

    public var files: [FilePattern]
    /// Files that are not taken, whatever `files` says.
    public var except: [FilePattern] = []
    public var format: Format
    /// JSON path (json), element path (xml), XPath (html) or a `TextRecord` (text).
    public var record: String?
    /// One record for each thing that these paths select in a record.
    public var each: [String] = []
    public var fields: FieldMapping
    /// Text files with the summaries of other files: pattern by pattern (`SummaryLink`).
    public var summaries: [FilePattern] = []
    /// All of them must hold.
    public var conditions: [Condition] = []
    public var completions: Completions?
    /// What parts the columns of CSV, an ASCII character; `nil` for a comma.
    public var delimiter: String?
    /// Names of the columns of a file without a line of names.
    public var columns: [String]?
    /// The files are pieces of XML without a common root.
    public var hasManyRoots: Bool = false
    public var encoding: TextEncoding = .utf8
    /// Of XML and HTML, in the place of what the files declare.
    public var markupEncoding: TextEncoding?
    public var repair: Repair?
    /// The split of every record, where the corpus has it by file.
    public var split: Split?

    public init(files: [FilePattern], format: Format, fields: FieldMapping) {
        self.files = files
        self.format = format
        self.fields = fields
    }

    /// How text is cut.
    public var textRecord: TextRecord { record.flatMap(TextRecord.init) ?? .file }

    /// What patterns can capture.
    var captureNames: Set<String> { files.reduce(into: []) { $0.formUnion($1.captureNames) } }
}

/// How the bytes of a text file stand for characters. Raw values are what recipes say.
public enum TextEncoding: String, Hashable, Sendable, Codable, CaseIterable {
    /// A byte order mark of UTF-16 is honoured all the same.
    case utf8 = "utf-8"
    case utf16 = "utf-16"
    case latin1 = "latin-1"
    case windows1252 = "windows-1252"
}
