public import AlignData

/// The reference summaries of a corpus as groups for supervised fine-tuning: one group a prompt, its summaries, each
/// with end-of-sequence, as the completions.
public struct ReferenceSummaries {
    public private(set) var groups: [CandidateGroup] = []
    /// A record is a prompt of the split. Filtered: prompts without a summary or without tokens, and those that leave none of their
    /// summaries room.
    public private(set) var counts = StageCounts()

    /// - Parameters:
    ///   - endOfSequence: appended to every summary; nil appends nothing.
    ///   - contextLength: of the model, in tokens: a prompt with its longest summary must fit.
    /// - Throws: `ShardError`.
    public init(
        of corpus: ShardSet, split: Split = .train, endOfSequence: TokenID?, contextLength: Int
    ) throws {
        for index in 0..<corpus.shardCount {
            for prompt in try corpus.shard(at: index).prompts() where prompt.split == split {
                counts.recordsIn += 1
                let summaries = prompt.references.filter { !$0.tokens.isEmpty }.map {
                    $0.tokens + (endOfSequence.map { [$0] } ?? [])
                }
                guard !summaries.isEmpty, !prompt.tokens.isEmpty else {
                    counts.filtered[RewardData.noReference, default: 0] += 1
                    continue
                }
                let fitting = summaries.filter { prompt.tokens.count + $0.count <= contextLength }
                guard !fitting.isEmpty else {
                    counts.filtered["too-long", default: 0] += 1
                    continue
                }
                counts.recordsOut += 1
                groups.append(
                    CandidateGroup(
                        promptID: prompt.id, promptTokens: prompt.tokens,
                        candidates: fitting.map { tokens in
                            Candidate(
                                id: RecordID(kind: "summary", [prompt.id.hex] + tokens.map(String.init)),
                                tokens: tokens, finishReason: .endOfSequence, reward: 0,
                                referenceLogProbability: 0)
                        }, pairs: []))
            }
        }
    }
}
