public import AlignData

/// Groups held in memory, shuffled anew every epoch: preferences for a reward model, small sets.
public final class ArrayGroupSource: GroupSource {
    public let identity: String
    private let groups: [CandidateGroup]
    private let seed: UInt64?

    /// - Parameters:
    ///   - identity: what the groups are, for instance the hash of the files they were read from.
    ///   - seed: for the order; nil keeps the order given.
    public init(_ groups: [CandidateGroup], identity: String, seed: UInt64?) {
        self.groups = groups
        self.identity = identity + (seed.map { ";seed=\($0)" } ?? "")
        self.seed = seed
    }

    /// Labelled preferences as `BradleyTerry` reads them: two completions, the chosen one first, whose
    /// rewards differ by the margin.
    public convenience init(preferences: [PreferencePair], identity: String, seed: UInt64?) {
        self.init(preferences.map(CandidateGroup.init(preference:)), identity: identity, seed: seed)
    }

    public var groupCount: Int { groups.count }

    public func batch(at position: StreamPosition, count: Int) -> GroupBatch {
        let end = min(position.index + count, groups.count)
        let next =
            end == groups.count
            ? StreamPosition(epoch: position.epoch + 1, index: 0)
            : StreamPosition(epoch: position.epoch, index: end)
        let lane = UInt32(truncatingIfNeeded: position.epoch)
        let order = seed.map { Permutation(count: groups.count, seed: $0, lane: lane) }
        return GroupBatch(groups: (position.index..<end).map { groups[order?[$0] ?? $0] }, next: next)
    }
}

extension CandidateGroup {
    /// A labelled preference: two completions, the chosen one first, whose rewards differ by the margin.
    public init(preference: PreferencePair) {
        let sides = [(preference.chosen, preference.margin ?? 0), (preference.rejected, 0)]
        let prompt = RecordID(kind: "prompt", preference.promptTokens.map(String.init))
        self.init(
            promptID: prompt, promptTokens: preference.promptTokens,
            candidates: sides.map { tokens, reward in
                Candidate(
                    id: RecordID(kind: "completion", [prompt.hex] + tokens.map(String.init)), tokens: tokens,
                    finishReason: .endOfSequence, reward: reward, referenceLogProbability: 0)
            },
            pairs: [CompletionPair(0, 1)])
    }
}
