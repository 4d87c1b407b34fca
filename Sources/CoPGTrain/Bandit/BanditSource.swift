import AlignData
import Foundation

/// The pairs of one run as a method sees them: by the arms' rewards, or by the judge's preference alone.
final class BanditSource: GroupSource {
    private let pairs: BanditPairs
    let identity: String
    private let kinds: [CandidateGroup]
    private let problem: BanditProblem
    private let baseline: SoftmaxPolicy?

    /// - Parameter baseline: the policy π whose value E_π[R], as it is when a batch is asked for, is
    ///   subtracted from the rewards.
    init(_ pairs: BanditPairs, problem: BanditProblem, byPreference: Bool, baseline: SoftmaxPolicy? = nil) {
        self.pairs = pairs
        self.problem = problem
        self.baseline = baseline
        identity = "bandit(seed=\(pairs.seed),preference=\(byPreference))"
        kinds = pairs.kinds.map { kind in
            let arms = [kind.first, kind.second]
            let preferences = kind.prefersFirst ? [1.0, 0.0] : [0.0, 1.0]
            let rewards = byPreference ? preferences : arms.map { problem.rewards[$0] }
            return CandidateGroup(
                promptID: BanditSource.promptID, promptTokens: [],
                candidates: zip(arms, rewards).map { arm, reward in
                    Candidate(
                        id: RecordID(kind: "arm", ["\(arm)"]), tokens: [TokenID(arm)],
                        finishReason: .endOfSequence,
                        reward: reward, referenceLogProbability: log(problem.reference[arm]))
                },
                pairs: [CompletionPair(0, 1)])
        }
    }

    private static let promptID = RecordID(kind: "prompt", [])

    /// One group for each kind of pair.
    var groups: [CandidateGroup] {
        guard let baseline else { return kinds }
        let value = zip(baseline.probabilities, problem.rewards).reduce(0) { $0 + $1.0 * $1.1 }
        var groups = kinds
        for kind in groups.indices {
            for candidate in groups[kind].candidates.indices {
                groups[kind].candidates[candidate].reward -= value
            }
        }
        return groups
    }

    var groupCount: Int { pairs.count }

    func batch(at position: StreamPosition, count: Int) -> GroupBatch {
        let end = min(position.index + count, pairs.count)
        let counts = pairs.counts(of: position.index..<end, epoch: position.epoch)
        let groups = groups
        let present = counts.indices.filter { counts[$0] > 0 }
        let next =
            end == pairs.count
            ? StreamPosition(epoch: position.epoch + 1, index: 0)
            : StreamPosition(epoch: position.epoch, index: end)
        return GroupBatch(groups: present.map { groups[$0] }, counts: present.map { counts[$0] }, next: next)
    }
}
