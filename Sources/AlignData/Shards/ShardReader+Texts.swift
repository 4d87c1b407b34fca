import GRDB

/// A prompt of a pair shard with its completions and pairs, as people read them.
struct PairedTexts {
    struct Completion {
        var text: String
        var reward: Double
        /// As scored, before shaping.
        var rawReward: Double
        var finishReason: FinishReason
        /// Token ids, end-of-sequence included.
        var tokens: Int
        /// The last of them, which ends the completion; nil where it was cut off.
        var end: TokenID?
    }

    var prompt: String
    var split: Split
    /// The own id of the prompt's record, and its extra fields.
    var sourceID: String?
    var extra: [String: String]
    var completions: [Completion]
    var pairs: [CompletionPair]
}

extension ShardReader {
    /// Whether a prompt has an own id, and the names of the extra fields of all.
    func extraFieldNames() throws -> (hasSourceID: Bool, names: Set<String>) {
        var found = (hasSourceID: false, names: Set<String>())
        guard kind != .corpus, ShardSchema.hasExtraFields(version: version) else { return found }
        try rows(
            "SELECT source_id, fields FROM prompt WHERE source_id NOT NULL OR fields NOT NULL"
        ) { row in
            if row.optionalText(0) != nil { found.hasSourceID = true }
            found.names.formUnion(try row.extraFields(1).keys)
        }
        return found
    }

    /// Hands out the prompts of a pair shard in order of position, one at a time.
    func forEachPairedTexts(_ body: (PairedTexts) throws -> Void) throws {
        precondition(kind == .pairs, "only pairs hold pairs")
        try read { database in
            let prompts = try reader(
                database,
                """
                SELECT text, split, first_completion, completions, first_pair, pairs, \(extraColumns)
                FROM prompt ORDER BY position
                """)
            let completions = try reader(
                database,
                """
                SELECT text, reward, raw_reward, finish_reason, length(tokens),
                    CASE finish_reason WHEN 'length' THEN x'' ELSE substr(tokens, -\(tokenWidth.rawValue)) END
                FROM completion WHERE position BETWEEN ? AND ? ORDER BY position
                """)
            let pairs = try reader(
                database, "SELECT first, second FROM pair WHERE position BETWEEN ? AND ? ORDER BY position")
            try prompts.forEach { row in
                let (firstCompletion, firstPair) = (row.integer(2), row.integer(4))
                var found = PairedTexts(
                    prompt: row.text(0), split: try row.name(1), sourceID: row.optionalText(6),
                    extra: try row.extraFields(7), completions: [], pairs: [])
                try completions.forEach(firstCompletion, firstCompletion &+ row.integer(3) &- 1) {
                    found.completions.append(
                        PairedTexts.Completion(
                            text: $0.text(0), reward: $0.real(1), rawReward: $0.real(2),
                            finishReason: try $0.name(3), tokens: tokenCount(ofBytes: $0.integer(4)),
                            end: try $0.tokens(5).first))
                }
                try pairs.forEach(firstPair, firstPair &+ row.integer(5) &- 1) {
                    let first = $0.integer(0) &- firstCompletion
                    let second = $0.integer(1) &- firstCompletion
                    guard 0 <= first, first < second, second < found.completions.count else {
                        throw ShardError.notAShard(path: path, detail: "a pair names no completion")
                    }
                    found.pairs.append(CompletionPair(first, second))
                }
                try body(found)
            }
        }
    }
}
