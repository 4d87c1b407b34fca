import GRDB

extension ShardReader {
    /// All groups of a pair shard, in order of their prompt's position.
    public func groups() throws -> [CandidateGroup] { try groups(at: 0..<(rowCounts["prompt"] ?? 0)) }

    /// The groups of the prompts at `positions`, in the order asked for.
    /// - Throws: `ShardError.notAShard` when there is no prompt at a position.
    public func groups(at positions: some Sequence<Int>) throws -> [CandidateGroup] {
        precondition(kind == .pairs, "only pairs hold groups")
        return try read { database in
            let reader = try GroupReader(self, database)
            return try positions.map { try reader.group(at: $0) }
        }
    }

    /// The tokens of a group, prompt and completions, without reading them.
    func tokenCount(ofGroupAt position: Int) throws -> Int {
        try read { try GroupReader(self, $0).tokenCount(at: position) }
    }

    /// The positions of the prompts of one split, ascending.
    func positions(of split: Split) throws -> [Int] {
        try read { database in
            var positions: [Int] = []
            try reader(database, "SELECT position, split FROM prompt ORDER BY position")
                .forEach { if try $0.name(1) == split { positions.append($0.integer(0)) } }
            return positions
        }
    }
}

/// The statements that groups are read by. A prompt says where its completions and pairs lie, which follow each other.
private struct GroupReader {
    let shard: ShardReader
    let prompts: RowReader
    let completions: RowReader
    let pairs: RowReader
    let tokenCounts: RowReader

    init(_ shard: ShardReader, _ database: Database) throws {
        self.shard = shard
        prompts = try shard.reader(
            database,
            "SELECT id, tokens, first_completion, completions, first_pair, pairs FROM prompt WHERE position = ?"
        )
        completions = try shard.reader(
            database,
            """
            SELECT id, tokens, finish_reason, reward, reference_log_probability, prompt_position
            FROM completion WHERE position BETWEEN ? AND ? ORDER BY position
            """)
        pairs = try shard.reader(
            database, "SELECT first, second FROM pair WHERE position BETWEEN ? AND ? ORDER BY position")
        tokenCounts = try shard.reader(
            database,
            """
            SELECT length(tokens) + (
                SELECT ifnull(sum(length(tokens)), 0) FROM completion
                WHERE position BETWEEN first_completion AND first_completion + completions - 1
            ) FROM prompt WHERE position = ?
            """)
    }

    func group(at position: Int) throws -> CandidateGroup {
        var group: CandidateGroup?
        var (firstCompletion, completionCount, firstPair, pairCount) = (0, 0, 0, 0)
        try prompts.forEach(position) { row in
            group = CandidateGroup(
                promptID: try row.id(0), promptTokens: try row.tokens(1), candidates: [], pairs: [])
            (firstCompletion, completionCount) = (row.integer(2), row.integer(3))
            (firstPair, pairCount) = (row.integer(4), row.integer(5))
        }
        guard var group else { throw damage("it has no prompt at position \(position)") }
        guard 0...Int(Int32.max) ~= completionCount, 0...Int(Int32.max) ~= pairCount else {
            throw damage("the prompt at position \(position) states impossible numbers")
        }
        group.candidates.reserveCapacity(completionCount)
        try completions.forEach(firstCompletion, firstCompletion &+ completionCount &- 1) { row in
            guard row.integer(5) == position else {
                throw damage("a completion of position \(position) belongs to another prompt")
            }
            group.candidates.append(
                Candidate(
                    id: try row.id(0), tokens: try row.tokens(1), finishReason: try row.name(2),
                    reward: row.real(3), referenceLogProbability: row.real(4)))
        }
        guard group.candidates.count == completionCount else {
            throw damage("the prompt at position \(position) lacks completions")
        }
        if pairCount == completionCount * (completionCount - 1) / 2 {
            // No pair is listed twice, so these are all there are.
            group.pairs = CompletionPair.all(of: group.candidates.count)
            return group
        }
        group.pairs.reserveCapacity(pairCount)
        try pairs.forEach(firstPair, firstPair &+ pairCount &- 1) { row in
            let (first, second) = (row.integer(0) &- firstCompletion, row.integer(1) &- firstCompletion)
            guard 0 <= first, first < second, second < group.candidates.count else {
                throw damage("a pair of position \(position) names no completion")
            }
            group.pairs.append(CompletionPair(first, second))
        }
        guard group.pairs.count == pairCount else {
            throw damage("the prompt at position \(position) lacks pairs")
        }
        return group
    }

    func tokenCount(at position: Int) throws -> Int {
        var bytes: Int?
        try tokenCounts.forEach(position) { bytes = $0.integer(0) }
        guard let bytes else { throw damage("it has no prompt at position \(position)") }
        return shard.tokenCount(ofBytes: bytes)
    }

    private func damage(_ detail: String) -> ShardError { .notAShard(path: shard.path, detail: detail) }
}
