/// What keeps a stage from working with its inputs.
public enum StageError: DescribedError, Equatable {
    /// The corpus was tokenized with another tokenizer than the policy's.
    case tokenizer(path: String)
    /// The reward set was made from other candidates.
    case otherCandidates(path: String)
    /// A number of reward sets that cannot be combined.
    case rewardSets(count: Int)
    /// A completion has no reward in the reward set.
    case missingReward(path: String, completion: RecordID)
    /// A model answered with NaN or an infinity.
    case notFinite(what: String, completion: RecordID)

    public var category: FailureCategory {
        switch self {
        case .rewardSets: .usage
        case .notFinite: .failed
        default: .badData
        }
    }

    public var summary: String {
        switch self {
        case .tokenizer: "the corpus was tokenized with another tokenizer than the policy's"
        case .otherCandidates: "the rewards were given to other candidates"
        case .rewardSets(let count): "pairs are made from one reward set, but \(count) were given"
        case .missingReward(_, let completion): "completion \(completion) has no reward"
        case .notFinite(let what, let completion):
            "the \(what) of completion \(completion) is not a finite number"
        }
    }

    public var location: String? {
        switch self {
        case .tokenizer(let path), .otherCandidates(let path), .missingReward(let path, _): path
        case .rewardSets, .notFinite: nil
        }
    }

    public var hint: String? {
        switch self {
        case .tokenizer: "ingest the corpus again with the policy's tokenizer"
        case .otherCandidates, .missingReward: "score these candidates, and give that folder as --rewards"
        case .rewardSets: "give one folder as --rewards"
        case .notFinite: "look at the model that was loaded; its weights may be damaged or overflow"
        }
    }
}
