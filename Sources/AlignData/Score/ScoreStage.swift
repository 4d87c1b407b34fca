/// Gives every candidate completion a reward. Reads candidates, writes rewards, one shard for each of theirs.
/// A record is a completion.
public struct ScoreStage: Stage {
    public static let name = "score"
    /// Rejected: prompt and completion together exceed the scorer's context. The completion gets no reward.
    public static let completionTooLong = "completion-too-long"

    let candidates: String
    let source: RewardSource
    let configuration: ScoreConfiguration
    let output: String
    private let precision: String?
    private let computed: [String: String]

    enum RewardSource {
        case scorer(any RewardScorer)
        /// The scores of that name that came with the completions of the corpus.
        case corpus(String)

        var scorerID: String {
            switch self {
            case .scorer(let scorer): scorer.scorerID
            case .corpus(let name): "corpus:" + name
            }
        }

        var vocabulary: ScorerVocabulary {
            switch self {
            case .scorer(let scorer): scorer.vocabulary
            case .corpus: .text
            }
        }
    }

    /// - Parameters:
    ///   - precision: the type that the scorer computes in, as the manifest names it.
    ///   - computed: the `ComputeFacts` of the scorer.
    public init(
        candidates: String, scorer: any RewardScorer, configuration: ScoreConfiguration, output: String,
        precision: String? = nil, computed: [String: String] = [:]
    ) {
        self.candidates = candidates
        source = .scorer(scorer)
        self.configuration = configuration
        self.output = output
        self.precision = precision
        self.computed = computed
    }

    /// The rewards are the scores that came with the corpus.
    /// - Parameter corpusScore: the name that the recipe gives the score.
    public init(
        candidates: String, corpusScore: String, configuration: ScoreConfiguration, output: String
    ) {
        self.candidates = candidates
        source = .corpus(corpusScore)
        self.configuration = configuration
        self.output = output
        precision = nil
        computed = [:]
    }

    /// - Throws: `ModelMismatch`; `StageError.scorerVocabulary`, `StageError.noCorpusScore`, `StageError.notFinite`
    ///   naming the completion; `ShardError`; `FolderInUse`; `FileError`; `Interrupted`; what the scorer throws.
    public func run(progress: @escaping ProgressHandler) throws -> StageReport { try make(progress) }

    func begin(_ progress: StageProgress) throws -> ScoreWork {
        let set = try ShardSet(opening: candidates, kind: .candidates)
        var facts = set.manifest.facts
        switch source.vocabulary {
        case .tokenizer(let hash):
            try ModelMismatch.check(.tokenizer, facts["tokenizer"], hash, in: candidates)
        case .size(let size):
            if let own = facts["vocabulary"].flatMap({ Int($0) }), own > size {
                throw StageError.scorerVocabulary(path: candidates, candidates: own, scorer: size)
            }
        case .text: break
        }
        facts["scorer"] = source.scorerID
        facts["scorer-precision"] = precision
        facts.merge(ComputeFacts.ofScorer(computed)) { $1 }
        let plan = try ShardPlan(
            kind: .rewards, stage: ScoreStage.name, configuration: configuration, seed: 0, facts: facts,
            inputs: [set.input])
        return ScoreWork(self, candidates: set, plan: plan)
    }

    func figures(of manifest: Manifest) -> [StageReport.Figure] {
        var figures = [StageReport.Figure("rewards", String(manifest.counts.recordsOut))]
        if case .size = source.vocabulary {
            figures.append(.init("tokenizer", "unchecked, the reward model has none"))
        }
        return figures
    }
}
