import AlignData

/// Token ids that no model has an easy time with, the same in every run.
struct RandomTokens {
    private let pool: [TokenID]

    /// Ids of 5 ..< 49,000, which SmolLM2's vocabulary has as ordinary tokens.
    init(seed: UInt64 = 0, poolSize: Int = 1 << 20) {
        let random = CounterRandom(seed: seed, purpose: .sampling)
        pool = (0..<poolSize).map { TokenID(5 + random.integer(UInt64($0), below: 48_995)) }
    }

    /// `count` ids that begin where only `place` begins: a copy, as cheap as random ids can be had.
    func tokens(_ count: Int, at place: Int) -> [TokenID] {
        let start = place &* 7919 % (pool.count - count)
        return Array(pool[start..<start + count])
    }

    /// `count` prompts of 256 ids, each with `completions` completions of 46.
    func groups(_ count: Int, completions: Int) -> [TokenGroup] {
        (0..<count).map { group in
            let place = group * (completions + 1)
            return TokenGroup(
                prompt: tokens(256, at: place),
                completions: (1...completions).map { tokens(46, at: place + $0) })
        }
    }
}
