/// A pseudo-random permutation of 0 ..< count in constant memory: each image is computed on its own.
///
/// A balanced Feistel network (Luby and Rackoff, SIAM J. Comput. 17, 1988) of six rounds over the smallest even
/// number of bits that holds `count`, with Philox as round function; images outside the range are sent through again
/// ("cycle walking", Black and Rogaway, CT-RSA 2002), fewer than four times on average.
public struct Permutation: Sendable {
    public let count: Int

    private let random: CounterRandom
    private let halfBits: UInt64
    private static let rounds: UInt64 = 6

    /// - Parameter lane: another permutation of the same seed, for instance the epoch.
    public init(count: Int, seed: UInt64, lane: UInt32) {
        precondition(count >= 0, "a permutation of a negative number of things")
        self.count = count
        random = CounterRandom(seed: seed, purpose: .shuffling, lane: lane)
        let bits = count <= 1 ? 0 : UInt64(Int.bitWidth - (count - 1).leadingZeroBitCount)
        halfBits = max(1, (bits + 1) / 2)
    }

    /// The image of `index`.
    public subscript(index: Int) -> Int {
        precondition(0 <= index && index < count, "an index within the permutation")
        if count == 1 { return 0 }
        var value = UInt64(index)
        repeat { value = network(value) } while value >= UInt64(count)
        return Int(value)
    }

    private func network(_ value: UInt64) -> UInt64 {
        let mask: UInt64 = (1 << halfBits) - 1
        var left = value >> halfBits
        var right = value & mask
        for round in 0..<Permutation.rounds {
            // Round and half select the number: 2³² values of the half at most.
            (left, right) = (right, left ^ (random.bits(round << 32 | right) & mask))
        }
        return left << halfBits | right
    }
}
