import AlignData
import Foundation

/// The pairs of one run: two arms each, and which of them a Bradley–Terry judge prefers.
///
/// There are only K·K·2 kinds of pairs, so a batch is a count for each kind. The sums over a batch are the
/// same as over its single pairs (up to the order of summation), at a thirtieth of the price.
final class BanditPairs {
    /// One of the K·K·2 kinds.
    struct Kind {
        var first: Int
        var second: Int
        /// The judge prefers the first: drawn with probability σ(R(first) − R(second)).
        var prefersFirst: Bool
    }

    let kinds: [Kind]
    /// The probability of each kind.
    let probabilities: [Double]
    let count: Int
    let seed: UInt64
    private let pairs: [UInt8]
    private var epoch = -1
    private var order: [Int] = []
    /// By epoch and range: the methods of a run see the same batches, and drawing an order costs most of a
    /// run.
    private var cache: [Batch: [Int]] = [:]

    private struct Batch: Hashable {
        var epoch: Int
        var range: Range<Int>
    }

    init(_ configuration: BanditConfiguration, seed: UInt64) {
        let arms = configuration.problem.rewards.count
        precondition(arms * arms * 2 <= 256, "a kind fits a byte")
        let rewards = configuration.problem.rewards
        kinds = (0..<arms * arms * 2).map {
            Kind(first: $0 / (2 * arms), second: $0 / 2 % arms, prefersFirst: $0 % 2 == 0)
        }
        probabilities = kinds.map { kind in
            let preferred = sigmoid(rewards[kind.first] - rewards[kind.second])
            return configuration.first[kind.first] * configuration.second[kind.second]
                * (kind.prefersFirst ? preferred : 1 - preferred)
        }
        count = configuration.pairs
        self.seed = seed
        let random = CounterRandom(seed: seed, purpose: .bandit)
        pairs = (0..<configuration.pairs).map { pair in
            let index = UInt64(pair) * 3
            let first = BanditPairs.draw(random.uniform(index), from: configuration.first)
            let second = BanditPairs.draw(random.uniform(index + 1), from: configuration.second)
            let prefersFirst = random.uniform(index + 2) < sigmoid(rewards[first] - rewards[second])
            return UInt8((first * arms + second) * 2 + (prefersFirst ? 0 : 1))
        }
    }

    /// How often each kind is among the pairs `range` of an epoch, whose order is drawn anew.
    func counts(of range: Range<Int>, epoch: Int) -> [Int] {
        let batch = Batch(epoch: epoch, range: range)
        if let counts = cache[batch] { return counts }
        if epoch != self.epoch {
            order = CounterRandom(seed: seed, purpose: .shuffling, lane: UInt32(truncatingIfNeeded: epoch))
                .permutation(count)
            self.epoch = epoch
        }
        var counts = [Int](repeating: 0, count: kinds.count)
        for index in order[range] { counts[Int(pairs[index])] += 1 }
        cache[batch] = counts
        return counts
    }

    /// The arm whose share of [0, 1) holds `uniform`.
    private static func draw(_ uniform: Double, from probabilities: [Double]) -> Int {
        var sum = 0.0
        for (arm, probability) in probabilities.enumerated() {
            sum += probability
            if uniform < sum { return arm }
        }
        return probabilities.count - 1
    }
}
