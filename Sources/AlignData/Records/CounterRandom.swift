import Foundation

/// Counter-based random numbers: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as
/// 1, 2, 3", SC 2011), keyed by what the number is for.
///
/// A number depends only on (seed, purpose, record, index), never on how many were drawn before it, by which
/// worker or in which order: so any number of workers, batches and restarts draw the same ones.
public struct CounterRandom: Sendable {
    /// What a stream of numbers is for. Streams of different purposes are independent.
    public enum Purpose: UInt32, Sendable {
        case sampling = 1
        case pairing = 2
        case shuffling = 3
        case splitting = 4
        case initialization = 5
        case bandit = 6
        case validation = 7
        case selection = 8
    }

    private let key: (UInt32, UInt32)
    private let stream: (UInt32, UInt32)

    /// - Parameters:
    ///   - seed: the run's seed.
    ///   - record: what the numbers belong to; its first 64 bits select the stream.
    ///   - lane: distinguishes streams of one record, for instance the rollout index.
    public init(seed: UInt64, purpose: Purpose, record: RecordID? = nil, lane: UInt32 = 0) {
        let identity = record?.high ?? 0
        // Seed, purpose, record and lane fill key and the upper half of the counter; Philox diffuses them.
        let mixed = CounterRandom.mix(
            identity ^ CounterRandom.mix(UInt64(purpose.rawValue) << 32 | UInt64(lane)))
        key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        stream = (UInt32(truncatingIfNeeded: mixed), UInt32(truncatingIfNeeded: mixed >> 32))
    }

    /// 64 uniform bits at `index`.
    public func bits(_ index: UInt64) -> UInt64 {
        let block = CounterRandom.philox(
            (UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32), stream.0, stream.1),
            key)
        return UInt64(block.0) << 32 | UInt64(block.1)
    }

    /// Uniform in [0, 1), with 53 random bits.
    public func uniform(_ index: UInt64) -> Double { Double(bits(index) >> 11) * 0x1p-53 }

    /// Uniform in 0 ..< bound, by multiplication (Lemire 2019) on 64 bits: bias below bound / 2⁶⁴.
    public func integer(_ index: UInt64, below bound: Int) -> Int {
        precondition(bound > 0, "an empty range has no members")
        return Int(bits(index).multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Standard normal (Box–Muller), from the numbers at 2·index and 2·index + 1.
    public func normal(_ index: UInt64) -> Double {
        let radius = (-2 * log(1 - uniform(2 * index))).squareRoot()
        return radius * cos(2 * .pi * uniform(2 * index + 1))
    }

    /// A permutation of 0 ..< count (Fisher–Yates).
    public func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for i in stride(from: count - 1, to: 0, by: -1) { order.swapAt(i, integer(UInt64(i), below: i + 1)) }
        return order
    }

    /// The Philox 4x32-10 block function, public for its published test vectors.
    public static func philox(
        _ counter: (UInt32, UInt32, UInt32, UInt32), _ key: (UInt32, UInt32)
    ) -> (UInt32, UInt32, UInt32, UInt32) {
        var c = counter
        var k = key
        for round in 0..<10 {
            if round > 0 { k = (k.0 &+ 0x9E37_79B9, k.1 &+ 0xBB67_AE85) }
            let a = c.0.multipliedFullWidth(by: 0xD251_1F53)
            let b = c.2.multipliedFullWidth(by: 0xCD9E_8D57)
            c = (b.high ^ c.1 ^ k.0, b.low, a.high ^ c.3 ^ k.1, a.low)
        }
        return c
    }

    /// The finalizer of SplitMix64: a bijection of 64 bits.
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
