import GRDB

/// A prompt of a pair shard with its completions and pairs, as people read them.
struct PairedTexts {
    struct Completion {
        var text: String
        var reward: Double
        var finishReason: FinishReason
        /// Token ids, end-of-sequence included.
        var tokens: Int
    }

    var prompt: String
    var split: Split
    var completions: [Completion]
    var pairs: [CompletionPair]
}

extension ShardReader {
    /// Hands out the prompts of a pair shard in order of position, one at a time.
    func forEachPairedTexts(_ body: (PairedTexts) throws -> Void) throws {
        precondition(kind == .pairs, "only pairs hold pairs")
        try read { database in
            let prompts = try RowReader(
                database, "SELECT position, text, split FROM prompt ORDER BY position", path: path)
            let completions = try RowReader(
                database,
                """
                SELECT text, reward, finish_reason, length(tokens) / 4
                FROM completion WHERE prompt_position = ? ORDER BY position
                """, path: path)
            let pairs = try RowReader(
                database, "SELECT first, second FROM pair WHERE prompt_position = ? ORDER BY first, second",
                path: path)
            try prompts.forEach { row in
                let position = row.integer(0)
                let found = PairedTexts(
                    prompt: row.text(1), split: try row.name(2),
                    completions: try completions.map(position) {
                        PairedTexts.Completion(
                            text: $0.text(0), reward: $0.real(1), finishReason: try $0.name(2),
                            tokens: $0.integer(3))
                    }, pairs: try pairs.map(position) { CompletionPair($0.integer(0), $0.integer(1)) })
                guard found.pairs.allSatisfy({ $0.first >= 0 && $0.second < found.completions.count }) else {
                    throw ShardError.notAShard(
                        path: path, detail: "a pair of position \(position) names no completion")
                }
                try body(found)
            }
        }
    }
}
