import AlignData
import Testing

@Suite struct PairingTests {
    private func pairing(
        _ rewards: [Double], tokens: [[TokenID]]? = nil, _ strategy: PairingStrategy, randomPairs: Int = 1,
        margin: Double = 0, keepsTies: Bool = true, seed: UInt64 = 0, prompt: Int = 0
    ) -> Pairing {
        var rule = PairingRule()
        rule.strategy = strategy
        rule.randomPairs = randomPairs
        rule.minimumMargin = margin
        rule.keepsTies = keepsTies
        let tokens = tokens ?? rewards.indices.map { [TokenID($0)] }
        return Pairing(
            promptID: RecordID(kind: "prompt", ["\(prompt)"]), completions: Array(zip(tokens, rewards)),
            rule: rule, seed: seed)
    }

    /// The pairs as indices into the completions given.
    private func pairs(of pairing: Pairing) -> Set<CompletionPair> {
        Set(pairing.pairs.map { CompletionPair(pairing.kept[$0.first], pairing.kept[$0.second]) })
    }

    /// All lists of `count` rewards from three values.
    private func worlds(_ count: Int) -> [[Double]] {
        var digits = Array(repeating: 0, count: count)
        var worlds: [[Double]] = []
        repeat { worlds.append(digits.map { [-1, 0, 0.5][$0] }) } while next(&digits, 3)
        return worlds
    }

    private static let deterministic = PairingStrategy.allCases.filter { $0 != .random }

    @Test(arguments: 2...5) func eachStrategyListsAsManyPairsAsItSays(count: Int) {
        for rewards in worlds(count) {
            let every = count * (count - 1) / 2
            #expect(pairing(rewards, .all).pairs.count == every)
            #expect(pairing(rewards, .bestAgainstWorst).pairs.count == 1)
            #expect(pairing(rewards, .bestAgainstEach).pairs.count == count - 1)
            #expect(pairing(rewards, .adjacentInRank).pairs.count == count - 1)
            for n in 1...4 { #expect(pairing(rewards, .random, randomPairs: n).pairs.count == min(n, every)) }
            for margin in [0, 0.5, 1, 1.5, 2] {
                let differences = CompletionPair.all(of: count).map {
                    abs(rewards[$0.first] - rewards[$0.second])
                }
                #expect(
                    pairing(rewards, .margin, margin: margin).pairs.count
                        == differences.count { $0 >= margin })
            }
        }
    }

    @Test(arguments: 2...5) func everyStrategyListsPairsInOrderAndAmongAllOfThem(count: Int) {
        for rewards in worlds(count) {
            let all = pairs(of: pairing(rewards, .all))
            for strategy in PairingStrategy.allCases {
                let found = pairing(rewards, strategy, randomPairs: 2, margin: 0.5)
                #expect(found.pairs == found.pairs.sorted())
                #expect(pairs(of: found).isSubset(of: all))
            }
            #expect(
                pairs(of: pairing(rewards, .bestAgainstWorst))
                    .isSubset(of: pairs(of: pairing(rewards, .bestAgainstEach))) || Set(rewards).count == 1)
            #expect(pairs(of: pairing(rewards, .margin)) == all)
        }
    }

    @Test(arguments: deterministic) func orderNamesAndScaleOfDifferentRewardsDoNotMatter(
        strategy: PairingStrategy
    ) {
        let rewards = [0.5, -1, 3, 2]
        let expected = pairs(of: pairing(rewards, strategy, margin: 1))
        var digits = [0, 0, 0, 0]
        repeat {
            guard Set(digits).count == 4 else { continue }
            let permuted = pairing(digits.map { rewards[$0] }, strategy, margin: 1)
            #expect(
                Set(pairs(of: permuted).map { CompletionPair(digits[$0.first], digits[$0.second]) })
                    == expected)
        } while next(&digits, 4)
        #expect(pairs(of: pairing(rewards.map { 2 * $0 + 7 }, strategy, margin: 2)) == expected)
        // Best against each has a direction; the others say the same of the opposite reward.
        if strategy != .bestAgainstEach {
            #expect(pairs(of: pairing(rewards.map { -$0 }, strategy, margin: 1)) == expected)
        }
    }

    @Test(arguments: PairingStrategy.allCases, 2...4)
    func droppedTiesAreExactlyThePairsOfEqualRewards(strategy: PairingStrategy, count: Int) {
        for rewards in worlds(count) {
            let with = pairing(rewards, strategy, randomPairs: 100)
            let without = pairing(rewards, strategy, randomPairs: 100, keepsTies: false)
            #expect(without.ties == 0 && without.droppedTies == with.ties && with.droppedTies == 0)
            #expect(pairs(of: without) == pairs(of: with).filter { rewards[$0.first] != rewards[$0.second] })
            #expect(without.kept.count + without.filtered.values.reduce(0, +) == count)
        }
    }

    @Test func rankAndBestAreDecidedByTheEarlierOfEquals() {
        #expect(
            pairs(of: pairing([1, 3, 3, 2], .bestAgainstEach))
                == [CompletionPair(0, 1), CompletionPair(1, 2), CompletionPair(1, 3)])
        #expect(
            pairs(of: pairing([1, 3, 3, 2], .adjacentInRank))
                == [CompletionPair(1, 2), CompletionPair(2, 3), CompletionPair(0, 3)])
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
                #expect(pairing.droppedTies == 0)
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
