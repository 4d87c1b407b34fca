/// What keeps a stage from working with its inputs.
public enum StageError: DescribedError, Equatable {
    /// The vocabulary that the completions are written in has more tokens than the scorer knows.
    case scorerVocabulary(path: String, candidates: Int, scorer: Int)
    /// The reward set was made from other candidates.
    case otherCandidates(path: String)
    /// A number of reward sets that cannot be combined.
    case rewardSets(count: Int)
    /// A completion has no reward in the reward set.
    case missingReward(path: String, completion: RecordID)
    /// A completion did not come with that score.
    case noCorpusScore(path: String, name: String, completion: RecordID)
    /// No prompt could be taken: a completion alone would fill the model's context.
    case noRoom(maxTokens: Int, context: Int)
    /// A model answered with NaN or an infinity.
    case notFinite(what: String, completion: RecordID)
    /// A value of the configuration that cannot be meant; one sentence.
    case configuration(String)

    /// - Throws: `StageError.configuration`.
    static func require(_ isSound: Bool, _ rule: String) throws {
        if !isSound { throw StageError.configuration(rule) }
    }

    public var category: FailureCategory {
        switch self {
        case .rewardSets, .noRoom, .configuration: .usage
        case .notFinite: .failed
        default: .badData
        }
    }

    public var summary: String {
        switch self {
        case .scorerVocabulary(_, let candidates, let scorer):
            "the completions' vocabulary has \(candidates) tokens, the reward model's \(scorer)"
        case .otherCandidates: "the rewards were given to other candidates"
        case .rewardSets(let count):
            "pairs are made from one reward set for each weight, but \(count) were given"
        case .missingReward(_, let completion): "completion \(completion) has no reward"
        case .noCorpusScore(_, let name, let completion):
            "completion \(completion) did not come with a score named \(name)"
        case .noRoom(let maxTokens, let context):
            "completions of \(maxTokens) tokens leave no room for a prompt in the model's context of \(context)"
        case .notFinite(let what, let completion):
            "the \(what) of completion \(completion) is not a finite number"
        case .configuration(let rule): rule
        }
    }

    public var location: String? {
        switch self {
        case .scorerVocabulary(let path, _, _), .otherCandidates(let path), .missingReward(let path, _),
            .noCorpusScore(let path, _, _):
            path
        case .rewardSets, .noRoom, .notFinite, .configuration: nil
        }
    }

    public var hint: String? {
        switch self {
        case .scorerVocabulary: "give a reward model that was trained from the policy that wrote them"
        case .otherCandidates, .missingReward: "score these candidates, and give that folder as --rewards"
        case .noCorpusScore:
            "`generate --candidates 0 --with-completions` makes candidates of the corpus's own completions alone; a reward"
                + " model scores any"
        case .rewardSets: "give --rewards FOLDER, or several of --rewards FOLDER=WEIGHT"
        case .noRoom: "give a smaller --max-tokens, or a model with a longer context"
        case .configuration: nil
        case .notFinite: "look at the model that was loaded; its weights may be damaged or overflow"
        }
    }
}
