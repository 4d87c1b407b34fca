import AlignData
import Testing

@Suite struct PermutationTests {
    @Test func everySmallPermutationIsOne() {
        for count in 0...130 {
            for lane in 0..<4 as Range<UInt32> {
                let permutation = Permutation(count: count, seed: 3, lane: lane)
                #expect((0..<count).map { permutation[$0] }.sorted() == Array(0..<count))
            }
        }
    }

    @Test func aLargePermutationIsOne() {
        let count = 100_003
        let permutation = Permutation(count: count, seed: 1, lane: 0)
        var seen = [Bool](repeating: false, count: count)
        for index in 0..<count { seen[permutation[index]] = true }
        #expect(seen.allSatisfy { $0 })
        // Astronomic counts cost no memory.
        let huge = Permutation(count: 1 << 40, seed: 1, lane: 0)
        #expect((0..<1000).allSatisfy { huge[$0] < 1 << 40 })
    }

    @Test func allOrdersOfThreeComeEquallyOften() {
        var counts: [[Int]: Int] = [:]
        for seed in 0..<6000 as Range<UInt64> {
            let permutation = Permutation(count: 3, seed: seed, lane: 0)
            counts[[permutation[0], permutation[1], permutation[2]], default: 0] += 1
        }
        // 1000 each, standard deviation 29; six of them.
        #expect(counts.count == 6)
        for count in counts.values { #expect(abs(count - 1000) < 175) }
    }

    @Test func anElementIsAsLikelyToComeAnywhere() {
        // Chi-square of the first image over 50 places, 5000 seeds: mean 49, standard deviation 9.9.
        var counts = [Double](repeating: 0, count: 50)
        for seed in 0..<5000 as Range<UInt64> { counts[Permutation(count: 50, seed: seed, lane: 2)[0]] += 1 }
        let chi = counts.reduce(0) { $0 + ($1 - 100) * ($1 - 100) / 100 }
        #expect(chi < 49 + 5 * 9.9)
    }
}
