import Foundation

/// Makes pair shards of completions that were scored elsewhere, or candidates of those that nobody has scored
/// yet, with reference log-probabilities by the pass that training uses. A record is a completion, and a row
/// that is rejected whole; of unscored completions it is a row.
///
/// Rows of one prompt are joined wherever they stand, so all of them are held in memory, the model's answers
/// a shard at a time. Nothing is truncated but by a recipe's own rule, which is counted.
public struct ImportStage: Stage {
    public static let name = ImportedGroups.stage
    /// The `policyID` of imported completions, and the scorer of their rewards.
    public static let importedPolicy = "import"

    private let files: [String]
    let recipe: Recipe?
    let policy: any LogProbabilityModel
    let tokenizer: Tokenizer
    let configuration: ImportConfiguration
    let output: String
    private let precision: String?
    private let computed: [String: String]

    /// - Parameters:
    ///   - files: JSON lines, also compressed.
    ///   - recipe: its template makes a prompt of a row's fields; without one the row's `prompt` is taken as it stands,
    ///     or, where it is a list of messages, rendered by the model's chat template.
    ///   - policy: gives the reference log-probabilities, so it is the one to train.
    ///   - precision: the type that it computes in, as the manifest names it.
    ///   - computed: its `ComputeFacts`.
    public init(
        files: [String], recipe: Recipe?, policy: any LogProbabilityModel, tokenizer: Tokenizer,
        configuration: ImportConfiguration, output: String, precision: String? = nil,
        computed: [String: String] = [:]
    ) {
        self.files = files
        self.recipe = recipe
        self.policy = policy
        self.tokenizer = tokenizer
        self.configuration = configuration
        self.output = output
        self.precision = precision
        self.computed = computed
    }

    /// Everything that decides the rows.
    private struct Identity: Encodable {
        var configuration: ImportConfiguration
        var recipe: Recipe?

        init(_ configuration: ImportConfiguration, _ recipe: Recipe?) {
            self.configuration = configuration
            // These say when to complain, not what to write.
            self.configuration.allowedRejections = 0
            self.configuration.allowsIncompleteSources = false
            self.recipe = recipe
        }
    }

    /// - Throws: `IngestError`; `PromptTemplateError` of a chat; `ReadError`; `ArchiveError`; `ShardError`;
    ///   `StageError.configuration`, `StageError.notFinite`; `FolderInUse`; `FileError`; `Interrupted`; what the model
    ///   throws.
    public func run(progress: @escaping ProgressHandler) throws -> StageReport { try make(progress) }

    func begin(_ progress: StageProgress) throws -> ImportWork {
        try StageError.require(configuration.promptsPerShard > 0, "a shard holds at least one prompt")
        guard !files.isEmpty else { throw IngestError.noSources }
        var recipe = recipe
        if let prompt = recipe?.prompt { recipe?.prompt = try prompt.resolved(for: tokenizer) }
        let sources = try files.map { try SourceFile(path: $0) }
        let plan = try ShardPlan(
            kind: configuration.format.output, stage: ImportStage.name,
            configuration: Identity(configuration, recipe), seed: configuration.seed,
            facts: facts(sources, recipe),
            inputs: try sources.map {
                Manifest.Input(role: "source", name: $0.name, sha256: try FileHash.sha256(ofFile: $0.path))
            })
        return ImportWork(self, sources: sources, recipe: recipe, plan: plan)
    }

    private func facts(_ sources: [SourceFile], _ recipe: Recipe?) -> [String: String] {
        var facts = [
            "policy": ImportStage.importedPolicy, "scorer": ImportStage.importedPolicy,
            "reference": policy.modelID, "tokenizer": tokenizer.hash,
            "vocabulary": String(tokenizer.vocabularySize),
            "sources": sources.map(\.name).joined(separator: ", "),
        ]
        facts["precision"] = precision
        facts.merge(computed) { $1 }
        facts["recipe"] = recipe?.name
        facts["template"] = recipe?.prompt.hash
        // Conversations are rendered by it.
        if recipe == nil { facts["chat-template"] = tokenizer.chatTemplateHash }
        facts["chat-date"] = recipe?.prompt.chat?.date ?? configuration.date
        facts["licence"] = recipe?.licence
        facts["citation"] = recipe?.citation
        return facts
    }

    func figures(of manifest: Manifest) -> [StageReport.Figure] {
        let noted = manifest.counts.noted
        var figures = PairsStage.figures(ofPairs: manifest)
        if manifest.kind == .candidates {
            figures = [
                .init("prompts", String(manifest.counts.recordsOut)),
                .init("completions", String(noted["completions"] ?? 0)),
            ]
        }
        let further = [
            ("truncated", ImportedGroups.truncatedPrompts), ("conversations", ImportedGroups.conversations),
            // A prompt that a chat template rendered, cut as if people had typed it: worth a look.
            ("prompts with control tokens as plain text", ImportedGroups.controlTokenNames),
        ]
        for (name, counted) in further {
            if let count = noted[counted] { figures.append(.init(name, String(count))) }
        }
        return figures
    }

    func complete(_ report: inout StageReport, of manifest: Manifest) {
        let counts = manifest.counts
        if let differing = counts.noted[ImportedGroups.differingFields] {
            report.remarks.append(
                "\(differing) rows have another own id or other extra fields than the first row of their prompt, whose are"
                    + " kept")
        }
        let allowed = configuration.allowedRejections * Double(counts.recordsIn)
        report.tooManyRejections = Double(counts.rejectedTotal) > allowed
        report.noteIncompleteSources(areAllowed: configuration.allowsIncompleteSources)
    }
}
