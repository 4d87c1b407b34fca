import AlignData
import CoPGTrain
import Foundation

/// A small world to train in: four arms, groups of two or three of them.
struct TrainingWorld {
    static let rewards = [0.5, -1.0, 2.0, 0.25]

    static var policy: SoftmaxPolicy { SoftmaxPolicy(logits: [0.1, 0.4, -0.3, 0]) }

    /// Eleven groups, prompts of no tokens, so that a completion's probability is its arm's.
    static var groups: [CandidateGroup] {
        let reference = policy.logProbabilities
        let choices = [
            [0, 1], [1, 2], [2, 3, 0], [3, 1], [0, 2], [1, 3, 2], [2, 0], [3, 0], [1, 0, 3], [2, 1], [0, 3],
        ]
        return choices.map { arms in
            CandidateGroup(
                promptID: RecordID(kind: "prompt", arms.map(String.init)), promptTokens: [],
                candidates: arms.map { arm in
                    Candidate(
                        id: RecordID(kind: "arm", ["\(arm)"]), tokens: [TokenID(arm)],
                        finishReason: .endOfSequence,
                        reward: rewards[arm], referenceLogProbability: reference[arm])
                }, pairs: CompletionPair.all(of: arms.count))
        }
    }

    static let beta = 0.5

    static var source: ArrayGroupSource { ArrayGroupSource(groups, identity: "world", seed: 3) }

    /// Nine steps: three epochs of three batches, the last of which is smaller; micro-batches of two or three
    /// groups.
    static var configuration: TrainerConfiguration {
        var configuration = TrainerConfiguration()
        configuration.epochs = 3
        configuration.groupsPerStep = 4
        configuration.microBatchTokens = 6
        configuration.learningRate = 0.05
        configuration.schedule = .cosine
        configuration.checkpointEvery = 2
        configuration.validateEvery = 3
        return configuration
    }

    static func validation(of policy: SoftmaxPolicy) -> Validation {
        { _ in
            let value = zip(policy.probabilities, rewards).reduce(0) { $0 + $1.0 * $1.1 }
            return ValidationResult(score: value, metrics: ["reward": value])
        }
    }

    static func trainer(
        _ policy: SoftmaxPolicy, _ objective: AnyObjective = .completions(CoPG(beta: beta)),
        source: (any GroupSource)? = nil, configuration: TrainerConfiguration? = nil,
        folder: String?, facts: [String: String] = [:]
    ) -> Trainer {
        let learner: Learner =
            switch objective {
            case .completions(let objective): .completions(policy, objective)
            case .tokens(let objective): .tokens(policy, objective)
            }
        return Trainer(
            learner, source: source ?? self.source, configuration: configuration ?? self.configuration,
            folder: folder, validation: validation(of: policy), facts: facts)
    }

    /// Calls `body` with the path of a folder that is not there yet, and removes it afterwards.
    static func withFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "training-" + UUID().uuidString
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    /// All files below `folder`, by path.
    static func files(in folder: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            files[path] = FileManager.default.contents(atPath: folder + "/" + path) ?? Data()
        }
        return files
    }
}

/// A source that fails at its n-th batch, as a full disk or a killed process would end a run.
final class FailingSource: GroupSource {
    struct Failure: Error {}

    private let source: any GroupSource
    private var left: Int

    init(_ source: any GroupSource, batches: Int) {
        self.source = source
        left = batches
    }

    var identity: String { source.identity }
    var groupCount: Int { source.groupCount }

    func batch(at position: StreamPosition, count: Int) throws -> GroupBatch {
        guard left > 0 else { throw Failure() }
        left -= 1
        return try source.batch(at: position, count: count)
    }
}
