import AlignData
import Testing

@Suite struct PairingTests {
    private func pairing(
        _ rewards: [Double], tokens: [[TokenID]]? = nil, _ strategy: PairingStrategy, randomPairs: Int = 1,
        seed: UInt64 = 0, prompt: Int = 0
    ) -> Pairing {
        let tokens = tokens ?? rewards.indices.map { [TokenID($0)] }
        return Pairing(
            promptID: RecordID(kind: "prompt", ["\(prompt)"]), completions: Array(zip(tokens, rewards)),
            strategy: strategy, randomPairs: randomPairs, seed: seed)
    }

    @Test(arguments: PairingStrategy.allCases, 0...6)
    func everyCompletionIsKeptOrCounted(strategy: PairingStrategy, count: Int) {
        // Every way in which `count` completions can coincide, over two token sequences and three.
        for kinds in [1, 2, 3] {
            var assignment = Array(repeating: 0, count: count)
            repeat {
                let pairing = pairing(
                    (0..<count).map { Double($0 % 2) }, tokens: assignment.map { [TokenID($0)] }, strategy,
                    randomPairs: 2)
                #expect(pairing.kept.count + pairing.filtered.values.reduce(0, +) == count)
                #expect(pairing.kept == pairing.kept.sorted())
                #expect(Set(pairing.kept.map { assignment[$0] }).count == pairing.kept.count)
                #expect(Set(pairing.pairs).count == pairing.pairs.count)
                let paired = Set(pairing.pairs.flatMap { [$0.first, $0.second] })
                #expect(paired == Set(pairing.kept.indices))
                #expect((Set(assignment).count >= 2) == !pairing.pairs.isEmpty)
            } while next(&assignment, kinds)
        }
    }

    /// Counts upwards in base `kinds`; false after the last.
    private func next(_ digits: inout [Int], _ kinds: Int) -> Bool {
        for i in digits.indices {
            digits[i] += 1
            if digits[i] < kinds { return true }
            digits[i] = 0
        }
        return false
    }

    @Test func allListsEveryPairAndCountsTies() {
        let pairing = pairing([1, 2, 1, 2], .all)
        #expect(pairing.pairs == CompletionPair.all(of: 4))
        #expect(pairing.ties == 2)
    }

    @Test func bestAgainstWorstKeepsTheTwoExtremes() {
        let between = pairing([0.5, -1, 3, 2], .bestAgainstWorst)
        #expect(between.kept == [1, 2] && between.pairs == [CompletionPair(0, 1)])
        #expect(between.filtered == [Pairing.unpairedCompletions: 2] && between.ties == 0)
        // The earlier of equals, on either side; all equal makes one tie.
        #expect(pairing([3, 1, 3, 1], .bestAgainstWorst).kept == [0, 1])
        let equal = pairing([2, 2, 2], .bestAgainstWorst)
        #expect(equal.kept == [0, 1] && equal.ties == 1)
    }

    @Test func identicalCompletionsAreDroppedBeforeTheExtremesAreSought() {
        let pairing = pairing([1, 9, 2], tokens: [[4, 5], [4, 5], [4]], .bestAgainstWorst)
        #expect(pairing.kept == [0, 2])
        #expect(pairing.filtered == [Pairing.identicalCompletions: 1])
    }

    @Test func randomPairsDependOnSeedAndPromptAlone() {
        let rewards = (0..<8).map(Double.init)
        let one = pairing(rewards, .random, randomPairs: 5)
        #expect(one == pairing(rewards, .random, randomPairs: 5))
        #expect(one.pairs.count == 5)
        #expect(one.pairs != pairing(rewards, .random, randomPairs: 5, seed: 1).pairs)
        #expect(one.pairs != pairing(rewards, .random, randomPairs: 5, prompt: 1).pairs)
        #expect(pairing(rewards, .random, randomPairs: 100).pairs == CompletionPair.all(of: 8))
    }

    @Test func randomPairsAreDrawnEvenly() {
        var counts: [CompletionPair: Int] = [:]
        for prompt in 0..<3000 {
            let pairing = pairing([0, 1, 2, 3], .random, prompt: prompt)
            counts[CompletionPair(pairing.kept[0], pairing.kept[1]), default: 0] += 1
        }
        // 3000 draws of 6 pairs: 500 each, standard deviation 20.4; five of them.
        #expect(counts.count == 6)
        for count in counts.values { #expect(abs(count - 500) < 102) }
    }
}
