/// Two completions of one prompt, by their index in the group. Unordered: CoPG contrasts two scores; which
/// one is better is derived from the rewards (neither, on a tie). `first < second` by convention.
public struct CompletionPair: Hashable, Sendable, Codable {
    public var first: Int
    public var second: Int

    public init(_ a: Int, _ b: Int) {
        precondition(a != b, "a completion makes no pair with itself")
        first = min(a, b)
        second = max(a, b)
    }

    /// All K·(K−1)/2 pairs of 0 ..< count, in lexicographic order.
    public static func all(of count: Int) -> [CompletionPair] {
        var pairs: [CompletionPair] = []
        pairs.reserveCapacity(count * max(0, count - 1) / 2)
        for a in 0..<count {
            for b in (a + 1)..<max(count, a + 1) { pairs.append(CompletionPair(a, b)) }
        }
        return pairs
    }
}

/// A completion as training sees it.
public struct Candidate: Hashable, Sendable {
    public var id: RecordID
    public var tokens: [TokenID]
    public var finishReason: FinishReason
    public var reward: Double
    /// ln π_ref(completion | prompt), nats.
    public var referenceLogProbability: Double

    public init(
        id: RecordID, tokens: [TokenID], finishReason: FinishReason, reward: Double,
        referenceLogProbability: Double
    ) {
        self.id = id
        self.tokens = tokens
        self.finishReason = finishReason
        self.reward = reward
        self.referenceLogProbability = referenceLogProbability
    }
}

/// What training consumes: one prompt, its K completions with rewards and reference log-probabilities,
/// and the pairs among them.
public struct CandidateGroup: Hashable, Sendable {
    public var promptID: RecordID
    public var promptTokens: [TokenID]
    public var candidates: [Candidate]
    public var pairs: [CompletionPair]

    public init(promptID: RecordID, promptTokens: [TokenID], candidates: [Candidate], pairs: [CompletionPair])
    {
        self.promptID = promptID
        self.promptTokens = promptTokens
        self.candidates = candidates
        self.pairs = pairs
    }

    /// Tokens that one shared-prefix pass computes: the prompt once, then each completion.
    public var tokenCount: Int { candidates.reduce(promptTokens.count) { $0 + $1.tokens.count } }
}

/// Labelled data for the reward model.
public struct PreferencePair: Hashable, Sendable {
    /// The rendered prompt's tokens.
    public var promptTokens: [TokenID]
    public var chosen: [TokenID]
    public var rejected: [TokenID]
    public var margin: Double?
    /// The document, so that held-out pairs share none with the training pairs.
    public var documentID: RecordID
    public var split: Split

    public init(
        promptTokens: [TokenID], chosen: [TokenID], rejected: [TokenID], margin: Double? = nil,
        documentID: RecordID, split: Split
    ) {
        self.promptTokens = promptTokens
        self.chosen = chosen
        self.rejected = rejected
        self.margin = margin
        self.documentID = documentID
        self.split = split
    }
}
