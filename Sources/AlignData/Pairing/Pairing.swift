/// What became of one prompt's completions.
public struct Pairing: Hashable, Sendable {
    /// The completions that are in a pair, as indices into those given, ascending.
    public var kept: [Int]
    /// Pairs of indices into `kept`, in lexicographic order.
    public var pairs: [CompletionPair]
    /// Completions left out, by reason code. With `kept` they make up all that were given.
    public var filtered: [String: Int]
    /// Pairs whose two rewards are equal.
    public var ties: Int
    /// Pairs that were not listed because their rewards are equal and the rule drops ties.
    public var droppedTies: Int

    /// Token ids equal to those of an earlier completion of the prompt.
    public static let identicalCompletions = "identical-completions"
    /// Fewer than two different completions, so there is nothing to contrast.
    public static let tooFewCompletions = "too-few-completions"
    /// In none of the pairs that the rule lists.
    public static let unpairedCompletions = "unpaired-completions"

    /// Pairs the completions of one prompt. A pure function of its arguments.
    /// - Parameters:
    ///   - promptID: keys the random numbers, with the seed.
    ///   - completions: token ids and finite reward of each.
    public init(
        promptID: RecordID, completions: [(tokens: [TokenID], reward: Double)], rule: PairingRule,
        seed: UInt64
    ) {
        filtered = [:]
        var seen: Set<[TokenID]> = []
        let different = completions.indices.filter { seen.insert(completions[$0].tokens).inserted }
        if different.count < completions.count {
            filtered[Pairing.identicalCompletions] = completions.count - different.count
        }
        guard different.count >= 2 else {
            if !different.isEmpty { filtered[Pairing.tooFewCompletions] = different.count }
            (kept, pairs, ties, droppedTies) = ([], [], 0, 0)
            return
        }
        let rewards = different.map { completions[$0].reward }
        let random = CounterRandom(seed: seed, purpose: .pairing, record: promptID)
        let chosen: [CompletionPair]
        (chosen, droppedTies) = Pairing.pairs(of: rewards, rule, random)

        // Only what is paired is kept: a completion in no pair would be computed in vain at every training
        // step.
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

    /// Pairs that were listed elsewhere, each once, among completions that are all different and all in a
    /// pair.
    init(listed pairs: [CompletionPair], rewards: [Double]) {
        kept = Array(rewards.indices)
        self.pairs = pairs
        filtered = [:]
        ties = pairs.count { rewards[$0.first] == rewards[$0.second] }
        droppedTies = 0
    }

    /// The pairs of completions with these rewards, in lexicographic order, and the ties that the rule left
    /// out.
    private static func pairs(
        of rewards: [Double], _ rule: PairingRule, _ random: CounterRandom
    ) -> (pairs: [CompletionPair], droppedTies: Int) {
        let every = CompletionPair.all(of: rewards.count)
        var listed: [CompletionPair]
        switch rule.strategy {
        case .all, .random: listed = every
        case .bestAgainstWorst: listed = [extremes(rewards)]
        case .bestAgainstEach:
            let best = best(rewards)
            listed = every.filter { $0.first == best || $0.second == best }
        case .adjacentInRank:
            let ranked = rewards.indices.sorted { (-rewards[$0], $0) < (-rewards[$1], $1) }
            listed = zip(ranked, ranked.dropFirst()).map { CompletionPair($0, $1) }.sorted()
        case .margin:
            listed = every.filter { abs(rewards[$0.first] - rewards[$0.second]) >= rule.minimumMargin }
        }
        let count = listed.count
        if !rule.keepsTies { listed.removeAll { rewards[$0.first] == rewards[$0.second] } }
        let dropped = count - listed.count
        if rule.strategy == .random { listed = draw(rule.randomPairs, of: listed, random) }
        return (listed, dropped)
    }

    /// The highest reward; the earliest of equals.
    private static func best(_ rewards: [Double]) -> Int {
        rewards.indices.reduce(0) { rewards[$1] > rewards[$0] ? $1 : $0 }
    }

    private static func extremes(_ rewards: [Double]) -> CompletionPair {
        let best = best(rewards)
        let worst = rewards.indices.reduce(0) { rewards[$1] < rewards[$0] ? $1 : $0 }
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

extension CompletionPair: Comparable {
    /// Lexicographic: by the first completion, then by the second.
    public static func < (a: CompletionPair, b: CompletionPair) -> Bool {
        (a.first, a.second) < (b.first, b.second)
    }
}
