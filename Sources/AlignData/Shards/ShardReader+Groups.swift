import GRDB

extension ShardReader {
    /// All groups of a pair shard, in order of their prompt's position.
    public func groups() throws -> [CandidateGroup] { try groups(at: 0..<(rowCounts["prompt"] ?? 0)) }

    /// The groups of the prompts at `positions`, in the order asked for.
    /// - Throws: `ShardError.notAShard` when there is no prompt at a position.
    public func groups(at positions: some Sequence<Int>) throws -> [CandidateGroup] {
        precondition(kind == .pairs, "only pairs hold groups")
        return try read { database in
            let prompts = try RowReader(
                database, "SELECT id, tokens FROM prompt WHERE position = ?", path: path)
            let completions = try RowReader(
                database,
                """
                SELECT id, tokens, finish_reason, reward, reference_log_probability
                FROM completion WHERE prompt_position = ? ORDER BY position
                """, path: path)
            let pairs = try RowReader(
                database, "SELECT first, second FROM pair WHERE prompt_position = ? ORDER BY first, second",
                path: path)
            return try positions.map { position in
                var group: CandidateGroup?
                try prompts.forEach(position) { row in
                    group = CandidateGroup(
                        promptID: row.id(0), promptTokens: try row.tokens(1), candidates: [], pairs: [])
                }
                guard var group else {
                    throw ShardError.notAShard(path: path, detail: "it has no prompt at position \(position)")
                }
                try completions.forEach(position) { row in
                    group.candidates.append(
                        Candidate(
                            id: row.id(0), tokens: try row.tokens(1), finishReason: try row.name(2),
                            reward: row.real(3), referenceLogProbability: row.real(4)))
                }
                try pairs.forEach(position) { row in
                    let (first, second) = (row.integer(0), row.integer(1))
                    guard 0 <= first, first < second, second < group.candidates.count else {
                        throw ShardError.notAShard(
                            path: path, detail: "a pair of position \(position) names no completion")
                    }
                    group.pairs.append(CompletionPair(first, second))
                }
                return group
            }
        }
    }

    /// The positions of the prompts of one split, ascending.
    func positions(of split: Split) throws -> [Int] {
        try promptHeads().enumerated().compactMap { $1.split == split ? $0 : nil }
    }
}
