/// Draws completions for the prompts of a corpus, with their log-probabilities under the policy and the reference.
/// Where the configuration says so, the reference summaries and the completions that came with the corpus join them: CoPG
/// asks no completion who wrote it.
///
/// Reads a corpus, writes candidates. A record is a prompt: `recordsIn` are all prompts of the corpus.
public struct GenerateStage: Stage {
    public static let name = "generate"
    /// Rejected: prompt and completion would not fit the model's context.
    public static let promptTooLong = "prompt-too-long"
    /// Rejected: a prompt without tokens.
    public static let emptyPrompt = "empty-prompt"
    /// Noted: given completions without any token.
    public static let emptyGiven = "given-without-tokens"
    /// The `policyID` of reference summaries.
    public static let referencePolicy = "reference"
    /// The `policyID` of completions that came with the corpus, where it does not name their writer; otherwise a colon and
    /// the name follow.
    public static let corpusPolicy = "corpus"
    /// Filtered: only given completions were asked for, and the prompt has none that fits.
    public static let noCompletion = "no-completion"

    private let corpus: String
    let sampler: any Sampler
    let policy: any LogProbabilityModel
    let reference: any LogProbabilityModel
    let tokenizer: Tokenizer
    let configuration: GenerateConfiguration
    let output: String
    private let precision: String?
    private let computed: [String: String]

    /// - Parameters:
    ///   - sampler: draws from the policy.
    ///   - policy: gives the log-probabilities of completions that were not drawn.
    ///   - reference: gives the reference log-probabilities; the policy itself when nil.
    ///   - precision: the type that the models compute in, as the manifest names it.
    ///   - computed: the `ComputeFacts` of the models.
    public init(
        corpus: String, sampler: any Sampler, policy: any LogProbabilityModel,
        reference: (any LogProbabilityModel)?, tokenizer: Tokenizer, configuration: GenerateConfiguration,
        output: String, precision: String? = nil,
        computed: [String: String] = [:]
    ) {
        self.corpus = corpus
        self.sampler = sampler
        self.policy = policy
        self.reference = reference ?? policy
        self.tokenizer = tokenizer
        self.configuration = configuration
        self.output = output
        self.precision = precision
        self.computed = computed
    }

    /// - Throws: `ModelMismatch`; `StageError.configuration`, `StageError.noRoom`, `StageError.notFinite`; `ShardError`;
    ///   `FolderInUse`; `FileError`; `Interrupted`; what the model throws.
    public func run(progress: @escaping ProgressHandler) throws -> StageReport { try make(progress) }

    func begin(_ progress: StageProgress) throws -> GenerateWork {
        try configuration.check()
        let source = try ShardSet(opening: corpus, kind: .corpus)
        let made = source.manifest.facts
        try ModelMismatch.check(.tokenizer, made["tokenizer"], tokenizer.hash, in: corpus)
        try ModelMismatch.check(
            .chatTemplate, made["chat-template"], tokenizer.chatTemplateHash, in: corpus)
        guard drawnTokens < context else {
            throw StageError.noRoom(maxTokens: drawnTokens, context: context)
        }
        let plan = try ShardPlan(
            kind: .candidates, stage: GenerateStage.name, configuration: configuration,
            seed: configuration.sampling.seed, facts: facts(of: source), inputs: [source.input])
        return GenerateWork(self, corpus: source, plan: plan)
    }

    /// Tokens of a prompt and a completion, at most.
    var context: Int { min(sampler.contextLength, policy.contextLength, reference.contextLength) }

    /// Tokens that drawing may add to a prompt.
    var drawnTokens: Int { configuration.sampling.candidates > 0 ? configuration.sampling.maxTokens : 0 }

    private func facts(of source: ShardSet) -> [String: String] {
        var facts = source.manifest.facts
        facts["policy"] = sampler.modelID
        facts["reference"] = reference.modelID
        facts["precision"] = precision
        facts.merge(computed) { $1 }
        facts["tokenizer"] = tokenizer.hash
        facts["vocabulary"] = String(tokenizer.vocabularySize)
        return facts
    }

    func figures(of manifest: Manifest) -> [StageReport.Figure] {
        let noted = manifest.counts.noted
        func figure(_ name: String, _ counted: String) -> StageReport.Figure {
            .init(name, String(noted[counted] ?? 0))
        }
        var figures = [
            .init("prompts", String(manifest.counts.recordsOut)), figure("completions", "completions"),
            figure("tokens", "tokens"), figure("unfinished", "unfinished-completions"),
        ]
        func add(_ name: String, _ taken: String, _ tooLong: String) {
            figures.append(figure(name, taken))
            if noted[tooLong] != nil { figures.append(figure("\(name) too long", tooLong)) }
        }
        if configuration.withReferences {
            add("references", "reference-completions", "references-too-long")
        }
        if configuration.withCompletions {
            add("given", "given-completions", "given-completions-too-long")
        }
        return figures
    }
}
