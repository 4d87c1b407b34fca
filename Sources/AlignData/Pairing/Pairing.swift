/// What became of one prompt's completions.
public struct Pairing: Hashable, Sendable {
    /// The completions that are in a pair, as indices into those given, ascending.
    public var kept: [Int]
    /// Pairs of indices into `kept`.
    public var pairs: [CompletionPair]
    /// Completions left out, by reason code. With `kept` they make up all that were given.
    public var filtered: [String: Int]
    /// Pairs whose two rewards are equal.
    public var ties: Int

    /// Token ids equal to those of an earlier completion of the prompt.
    public static let identicalCompletions = "identical-completions"
    /// Fewer than two different completions, so there is nothing to contrast.
    public static let tooFewCompletions = "too-few-completions"
    /// In none of the pairs that the strategy lists.
    public static let unpairedCompletions = "unpaired-completions"

    /// Pairs the completions of one prompt. A pure function of its arguments.
    /// - Parameters:
    ///   - promptID: keys the random numbers, with the seed.
    ///   - completions: token ids and finite reward of each.
    ///   - randomPairs: pairs a prompt, for `random`; all of them where there are fewer.
    public init(
        promptID: RecordID, completions: [(tokens: [TokenID], reward: Double)], strategy: PairingStrategy,
        randomPairs: Int, seed: UInt64
    ) {
        filtered = [:]
        var seen: Set<[TokenID]> = []
        let different = completions.indices.filter { seen.insert(completions[$0].tokens).inserted }
        if different.count < completions.count {
            filtered[Pairing.identicalCompletions] = completions.count - different.count
        }
        guard different.count >= 2 else {
            if !different.isEmpty { filtered[Pairing.tooFewCompletions] = different.count }
            (kept, pairs, ties) = ([], [], 0)
            return
        }
        let rewards = different.map { completions[$0].reward }
        let chosen: [CompletionPair]
        switch strategy {
        case .all: chosen = CompletionPair.all(of: rewards.count)
        case .bestAgainstWorst: chosen = [Pairing.extremes(rewards)]
        case .random:
            let random = CounterRandom(seed: seed, purpose: .pairing, record: promptID)
            chosen = Pairing.draw(randomPairs, of: CompletionPair.all(of: rewards.count), random)
        }

        // Only what is paired is kept: a completion in no pair would be computed in vain at every training step.
        let members = Set(chosen.flatMap { [$0.first, $0.second] }).sorted()
        if members.count < different.count {
            filtered[Pairing.unpairedCompletions] = different.count - members.count
        }
        var place: [Int: Int] = [:]
        for (index, member) in members.enumerated() { place[member] = index }
        kept = members.map { different[$0] }
        pairs = chosen.compactMap { pair in
            guard let first = place[pair.first], let second = place[pair.second] else { return nil }
            return CompletionPair(first, second)
        }
        ties = chosen.count { rewards[$0.first] == rewards[$0.second] }
    }

    private static func extremes(_ rewards: [Double]) -> CompletionPair {
        var (best, worst) = (0, 0)
        for index in rewards.indices {
            if rewards[index] > rewards[best] { best = index }
            if rewards[index] < rewards[worst] { worst = index }
        }
        // All rewards equal: any two are best and worst; a tie still carries gradient.
        return best == worst ? CompletionPair(0, 1) : CompletionPair(best, worst)
    }

    private static func draw(_ count: Int, of pairs: [CompletionPair], _ random: CounterRandom)
        -> [CompletionPair]
    {
        precondition(count > 0, "at least one pair a prompt")
        return random.permutation(pairs.count).prefix(count).sorted().map { pairs[$0] }
    }
}
