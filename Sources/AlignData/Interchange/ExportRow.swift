/// One row of an exported file: named values, in the order of the columns.
struct ExportRow {
    enum Value {
        case text(String)
        case number(Double)
        case texts([String])
        case numbers([Double])
        case ids([TokenID?])
        case id(TokenID?)
        case missing
    }

    var cells: [(name: String, value: Value)]

    static let preferenceColumns = [
        "prompt", "chosen", "rejected", "score_chosen", "score_rejected", "raw_score_chosen",
        "raw_score_rejected", "finish_reason_chosen", "finish_reason_rejected", "end_token_chosen",
        "end_token_rejected", "split",
    ]

    /// The columns behind those that every row has: a record's own id, where any record has one, and the extra fields.
    struct ExtraColumns {
        static let sourceID = "source_id"

        private(set) var names: [String] = []

        /// The columns of a set of pairs.
        init(_ set: ShardSet) throws {
            var fields: Set<String> = []
            var hasSourceID = false
            for index in 0..<set.shardCount {
                let found = try set.shard(at: index).extraFieldNames()
                fields.formUnion(found.names)
                if found.hasSourceID { hasSourceID = true }
            }
            names = (hasSourceID ? [Self.sourceID] : []) + fields.sorted()
        }

        fileprivate func cells(of texts: PairedTexts) -> [(name: String, value: Value)] {
            names.map { name in
                let text = name == Self.sourceID ? texts.sourceID : texts.extra[name]
                return (name, text.map(Value.text) ?? .missing)
            }
        }
    }

    /// A pair by its order: the completion with the higher reward is the chosen one. Nil on a tie.
    init?(preference pair: CompletionPair, of texts: PairedTexts, _ extra: ExtraColumns) {
        let (first, second) = (texts.completions[pair.first], texts.completions[pair.second])
        guard first.reward != second.reward else { return nil }
        let (chosen, rejected) = first.reward > second.reward ? (first, second) : (second, first)
        let values: [Value] = [
            .text(texts.prompt), .text(chosen.text), .text(rejected.text), .number(chosen.reward),
            .number(rejected.reward), .number(chosen.rawReward), .number(rejected.rawReward),
            .text(chosen.finishReason.rawValue),
            .text(rejected.finishReason.rawValue), .id(chosen.end), .id(rejected.end),
            .text(texts.split.rawValue),
        ]
        cells = zip(ExportRow.preferenceColumns, values).map { (name: $0, value: $1) }
        cells += extra.cells(of: texts)
    }

    /// A prompt with all of its completions.
    init(scored texts: PairedTexts, _ extra: ExtraColumns) {
        cells = [
            ("prompt", .text(texts.prompt)), ("completions", .texts(texts.completions.map(\.text))),
            ("scores", .numbers(texts.completions.map(\.reward))),
            ("raw_scores", .numbers(texts.completions.map(\.rawReward))),
            ("finish_reasons", .texts(texts.completions.map(\.finishReason.rawValue))),
            ("end_tokens", .ids(texts.completions.map(\.end))), ("split", .text(texts.split.rawValue)),
        ]
        cells += extra.cells(of: texts)
    }

    /// A JSON object on a line, its keys sorted.
    func writeJSON(into output: inout [UInt8]) {
        output.append(UInt8(ascii: "{"))
        for (number, cell) in cells.sorted(by: { $0.name < $1.name }).enumerated() {
            if number > 0 { output += Array(", ".utf8) }
            JSONValue.write(cell.name, into: &output)
            output += Array(": ".utf8)
            switch cell.value {
            case .missing: output += Array("null".utf8)
            case .text(let text): JSONValue.write(text, into: &output)
            case .number(let number): output += Array("\(number)".utf8)
            case .texts(let texts):
                ExportRow.list(texts, into: &output) { JSONValue.write($0, into: &$1) }
            case .numbers(let numbers):
                ExportRow.list(numbers, into: &output) { $1 += Array("\($0)".utf8) }
            case .ids(let ids): ExportRow.list(ids, into: &output) { $1 += Array(ExportRow.json($0).utf8) }
            case .id(let id): output += Array(ExportRow.json(id).utf8)
            }
        }
        output += Array("}\n".utf8)
    }

    private static func json(_ id: TokenID?) -> String { id.map { String($0) } ?? "null" }

    private static func list<Item>(
        _ items: [Item], into output: inout [UInt8], _ write: (Item, inout [UInt8]) -> Void
    ) {
        output.append(UInt8(ascii: "["))
        for (number, item) in items.enumerated() {
            if number > 0 { output += Array(", ".utf8) }
            write(item, &output)
        }
        output.append(UInt8(ascii: "]"))
    }

    /// A record of RFC 4180. Its values are texts, numbers and ids.
    func writeCSV(into output: inout [UInt8]) {
        ExportRow.writeCSV(
            cells.map { cell in
                switch cell.value {
                case .missing: ""
                case .text(let text): text
                case .number(let number): "\(number)"
                case .id(let id): id.map { String($0) } ?? ""
                case .texts, .numbers, .ids:
                    preconditionFailure("a list has no place in comma-separated values")
                }
            }, into: &output)
    }

    static func writeCSV(_ fields: [String], into output: inout [UInt8]) {
        for (number, field) in fields.enumerated() {
            if number > 0 { output.append(UInt8(ascii: ",")) }
            let isPlain = field.utf8.allSatisfy { byte in
                byte != UInt8(ascii: "\"") && byte != UInt8(ascii: ",") && byte != 0x0A && byte != 0x0D
            }
            if isPlain {
                output += Array(field.utf8)
                continue
            }
            output.append(UInt8(ascii: "\""))
            for byte in field.utf8 {
                if byte == UInt8(ascii: "\"") { output.append(byte) }
                output.append(byte)
            }
            output.append(UInt8(ascii: "\""))
        }
        output += [0x0D, 0x0A]
    }
}
