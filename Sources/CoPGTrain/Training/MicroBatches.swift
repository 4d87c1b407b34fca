public import AlignData

extension GroupBatch {
    /// The batch in consecutive parts of at most `tokens` tokens each; a larger group is a part of its own.
    /// The order of the groups is kept.
    func parts(ofTokens tokens: Int) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = 0
        var filled = 0
        for (index, group) in groups.enumerated() {
            if index > start, filled + group.tokenCount > tokens {
                parts.append(start..<index)
                start = index
                filled = 0
            }
            filled += group.tokenCount
        }
        if start < groups.count { parts.append(start..<groups.count) }
        return parts
    }
}

extension CandidateGroup {
    /// The tokens alone, as a model sees the group.
    public var tokenGroup: TokenGroup {
        TokenGroup(prompt: promptTokens, completions: candidates.map(\.tokens))
    }
}
