import Foundation

extension LineageSearch {
    /// The raw reward of each completion is the stated weighted sum of the rewards it was given, and its
    /// reward what the stated rules make of that. Of several reward sets all must be found; what is missing
    /// is reported as skipped.
    func checkRewards(of set: ShardSet, _ found: inout ProblemList) throws {
        let inputs = set.manifest.inputs.filter { $0.role == ShardKind.rewards.rawValue }
        let configuration = try? JSONText.decode(
            PairsConfiguration.self, from: Data(set.manifest.configuration.utf8))
        guard let configuration, configuration.weights.count == inputs.count else {
            return found.add("the manifest does not state a weight for each of its reward sets")
        }
        let folders = inputs.compactMap { folder(of: $0) }
        let known =
            folders.count == inputs.count ? try LineageSearch.sums(of: folders, configuration.weights) : nil
        let facts = set.manifest.facts
        let statistics = RewardStatistics(
            mean: facts[PairsStage.rewardMean].flatMap { Double($0) } ?? 0,
            deviation: facts[PairsStage.rewardDeviation].flatMap { Double($0) } ?? 0)
        for index in 0..<set.shardCount {
            // By prompt: centring leaves an offset that all completions of a prompt share.
            var offset: (prompt: Int, value: Double)?
            for completion in try set.shard(at: index).rewardedCompletions() {
                if let known, known[completion.id] != completion.rawReward {
                    found.add("the raw reward of completion \(completion.id) is not that of the rewards")
                }
                let ruled = configuration.unfinished.reward(
                    completion.rawReward, finishReason: completion.finishReason)
                let isAsStated: Bool
                switch (ruled, configuration.shaping) {
                case (nil, _): isAsStated = false
                case (let ruled?, .center):
                    let value = ruled - completion.reward
                    if offset?.prompt != completion.promptPosition {
                        offset = (completion.promptPosition, value)
                    }
                    let first = offset?.value ?? value
                    isAsStated = abs(value - first) <= 1e-9 * max(1, abs(ruled), abs(first))
                case (let ruled?, let shaping):
                    isAsStated = shaping.shaped([ruled], statistics: statistics) == [completion.reward]
                }
                if !isAsStated {
                    found.add("the reward of completion \(completion.id) is not what the stated rules give")
                }
            }
        }
    }

    /// Σ weight·reward by completion.
    private static func sums(of folders: [String], _ weights: [Double]) throws -> [RecordID: Double] {
        var sums: [RecordID: Double] = [:]
        for (weight, folder) in zip(weights, folders) {
            let set = try ShardSet(opening: folder, kind: .rewards)
            for index in 0..<set.shardCount {
                for reward in try set.shard(at: index).rewards() {
                    sums[reward.completionID, default: 0] += weight * reward.value
                }
            }
        }
        return sums
    }
}
