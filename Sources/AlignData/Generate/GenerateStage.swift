/// Draws completions for the prompts of a corpus, with their log-probabilities under the policy and the reference.
/// Where the configuration says so, the reference summaries and the completions that came with the corpus join them: CoPG
/// asks no completion who wrote it.
///
/// Reads a corpus, writes candidates. A record is a prompt: `recordsIn` are all prompts of the corpus.
public struct GenerateStage {
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
    private let sampler: any Sampler
    private let policy: any LogProbabilityModel
    private let reference: any LogProbabilityModel
    private let tokenizer: Tokenizer
    private let configuration: GenerateConfiguration
    private let output: String
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
        precondition(configuration.promptsPerShard > 0, "a shard holds at least one prompt")
        precondition(
            configuration.sampling.candidates > 0
                || configuration.sampling.candidates == 0 && configuration.hasGiven,
            "a prompt gets at least one completion")
        precondition(configuration.sampling.maxTokens > 0, "a completion has at least one token")
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

    /// - Throws: `ModelMismatch`, `StageError.noRoom`, `StageError.notFinite`; `ShardError`; `Interrupted`; what the model throws.
    public func run(progress: ProgressHandler) throws -> StageReport {
        let source = try ShardSet(opening: corpus, kind: .corpus)
        let made = source.manifest.facts
        try ModelMismatch.check(.tokenizer, made["tokenizer"], tokenizer.hash, in: corpus)
        try ModelMismatch.check(
            .chatTemplate, made["chat-template"], tokenizer.chatTemplateHash, in: corpus)
        guard drawnTokens < context else {
            throw StageError.noRoom(maxTokens: drawnTokens, context: context)
        }
        let writer = try ShardSetWriter(
            output: output, kind: .candidates, stage: GenerateStage.name, configuration: configuration,
            seed: configuration.sampling.seed, facts: facts(of: source), inputs: [source.input])
        if let manifest = writer.completed { return report(manifest, writer.notes, alreadyComplete: true) }

        let units = try GenerateStage.units(of: source, configuration)
        let perPrompt = max(1, configuration.sampling.candidates)
        let total = units.reduce(0) { $0 + $1.prompts.count } * perPrompt
        var done = 0
        var reader = PromptReader(source)
        func tell(_ finished: Int) throws {
            let answer = progress(Progress(done: done + finished, total: total, unit: "completions"))
            if answer == .stop { throw Interrupted() }
        }
        for (index, unit) in units.enumerated() {
            try tell(0)
            if try writer.sealedCounts(ofShard: index) == nil {
                let prompts = try unit.prompts.map { try reader.prompt($0) }
                try writer.write(shard: index) { shard in
                    var counts = StageCounts()
                    counts.filtered = unit.filtered
                    counts.recordsIn = prompts.count + counts.filteredTotal
                    let sound = try reject(prompts, into: shard, &counts)
                    try draw(sound, into: shard, &counts, tell)
                    return counts
                }
            }
            done += unit.prompts.count * perPrompt
        }
        try tell(0)
        return report(try writer.finish(), writer.notes)
    }

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

    /// Prompt and completion together may have so many tokens.
    private var context: Int {
        min(sampler.contextLength, policy.contextLength, reference.contextLength)
    }

    /// Tokens that drawing may add to a prompt.
    private var drawnTokens: Int {
        configuration.sampling.candidates > 0 ? configuration.sampling.maxTokens : 0
    }

    /// Writes the rejections, and returns the prompts that the models can take.
    private func reject(
        _ prompts: [Prompt], into shard: ShardWriter, _ counts: inout StageCounts
    ) throws -> [Prompt] {
        let maxTokens = drawnTokens
        var sound: [Prompt] = []
        for prompt in prompts {
            let reason: String
            let detail: String
            if prompt.tokens.isEmpty {
                reason = GenerateStage.emptyPrompt
                detail = "the prompt has no tokens"
            } else if prompt.tokens.count + maxTokens > context {
                reason = GenerateStage.promptTooLong
                detail =
                    "the prompt's \(prompt.tokens.count) tokens and \(maxTokens) of a completion exceed the"
                    + " context of \(context)"
            } else {
                sound.append(prompt)
                continue
            }
            try shard.insert(
                rejection: Rejection(
                    stage: GenerateStage.name, reason: reason, detail: detail, provenance: prompt.provenance,
                    excerpt: prompt.text))
            counts.rejected[reason, default: 0] += 1
        }
        return sound
    }

    private func draw(
        _ prompts: [Prompt], into shard: ShardWriter, _ counts: inout StageCounts,
        _ tell: (Int) throws -> Void
    ) throws {
        var prompts = prompts
        var given = prompts.map { givenCompletions(of: $0, &counts) }
        if configuration.sampling.candidates == 0 {
            let empty = given.count(where: \.isEmpty)
            if empty > 0 { counts.filtered[GenerateStage.noCompletion, default: 0] += empty }
            prompts = zip(prompts, given).filter { !$1.isEmpty }.map(\.0)
            given = given.filter { !$0.isEmpty }
        }
        guard !prompts.isEmpty else { return }
        let drawn =
            configuration.sampling.candidates == 0
            ? prompts.map { _ in [] }
            : try sampler.sample(
                prompts.map { ($0.id, $0.tokens) }, configuration: configuration.sampling, progress: tell)
        precondition(drawn.count == prompts.count, "a sampler answers for each prompt")
        let groups = prompts.indices.map { index in
            TokenGroup(
                prompt: prompts[index].tokens,
                completions: drawn[index].map(\.tokens) + given[index].map(\.tokens))
        }
        let references = try reference.logProbabilities(of: groups)
        let written = try logProbabilities(of: given.map { $0.map(\.tokens) }, to: prompts, references)
        for (index, prompt) in prompts.enumerated() {
            precondition(
                references[index].count == groups[index].completions.count,
                "a model answers for each completion")
            try shard.insert(prompt: prompt)
            let samples =
                drawn[index]
                + zip(given[index], written[index]).map { given, logProbability in
                    SampledCompletion(
                        tokens: given.tokens, finishReason: .given, logProbability: logProbability,
                        sampledLogProbability: logProbability)
                }
            for (rollout, sample) in samples.enumerated() {
                let source = rollout < drawn[index].count ? nil : given[index][rollout - drawn[index].count]
                let completion = completion(
                    sample, of: prompt, rollout: rollout, writer: source?.writer,
                    reference: references[index][rollout])
                guard
                    completion.logProbability.isFinite && completion.sampledLogProbability.isFinite
                        && completion.referenceLogProbability.isFinite
                else { throw StageError.notFinite(what: "log-probability", completion: completion.id) }
                try shard.insert(completion: completion, scores: source?.scores ?? [:])
                counts.noted["completions", default: 0] += 1
                counts.noted["tokens", default: 0] += sample.tokens.count
                if sample.finishReason == .length { counts.noted["unfinished-completions", default: 0] += 1 }
            }
            counts.recordsOut += 1
        }
    }

    /// A completion that was not drawn.
    private struct Given {
        /// End-of-sequence included, where the tokenizer has one.
        var tokens: [TokenID]
        var writer: String
        var scores: [String: Double] = [:]
    }

    /// The reference summaries and the corpus's completions that were asked for: their ids and, once, end-of-sequence.
    /// One that does not fit the context is left out whole, and counted.
    private func givenCompletions(of prompt: Prompt, _ counts: inout StageCounts) -> [Given] {
        let end = tokenizer.endOfSequence.map { [$0] } ?? []
        func fitting(_ all: [Given], _ taken: String, _ tooLong: String) -> [Given] {
            let whole = all.filter { !$0.tokens.isEmpty }
            if whole.count < all.count {
                counts.noted[GenerateStage.emptyGiven, default: 0] += all.count - whole.count
            }
            let fitting = whole.filter { prompt.tokens.count + $0.tokens.count <= context }
            counts.noted[taken, default: 0] += fitting.count
            if fitting.count < whole.count {
                counts.noted[tooLong, default: 0] += whole.count - fitting.count
            }
            return fitting
        }
        var given: [Given] = []
        if configuration.withReferences {
            given += fitting(
                prompt.references.map { Given(tokens: $0.tokens + end, writer: Self.referencePolicy) },
                "reference-completions", "references-too-long")
        }
        if configuration.withCompletions {
            given += fitting(
                prompt.given.map {
                    Given(
                        tokens: $0.tokens + end,
                        writer: Self.corpusPolicy + ($0.policy.map { ":" + $0 } ?? ""), scores: $0.scores)
                }, "given-completions", "given-completions-too-long")
        }
        return given
    }

    /// ln π of the given completions under the policy: those of the reference, where that is the same model.
    private func logProbabilities(
        of given: [[[TokenID]]], to prompts: [Prompt], _ references: [[Double]]
    ) throws -> [[Double]] {
        guard reference.modelID != policy.modelID else {
            return zip(given, references).map { Array($1.suffix($0.count)) }
        }
        let asked = given.indices.filter { !given[$0].isEmpty }
        let groups = asked.map { TokenGroup(prompt: prompts[$0].tokens, completions: given[$0]) }
        let values = groups.isEmpty ? [] : try policy.logProbabilities(of: groups)
        var written = given.map { _ in [Double]() }
        for (index, values) in zip(asked, values) { written[index] = values }
        return written
    }

    private func completion(
        _ sample: SampledCompletion, of prompt: Prompt, rollout: Int, writer: String?, reference: Double
    ) -> Completion {
        let isGiven = sample.finishReason == .given
        let writer = writer ?? sampler.modelID
        let hasEnd = isGiven ? tokenizer.endOfSequence != nil : sample.finishReason == .endOfSequence
        let words = hasEnd ? sample.tokens.dropLast() : sample.tokens[...]
        return Completion(
            id: .completion(
                of: prompt.id, writer: writer, seed: isGiven ? nil : configuration.sampling.seed,
                rollout: rollout, tokens: sample.tokens),
            promptID: prompt.id, text: tokenizer.decode(words), tokens: sample.tokens,
            finishReason: sample.finishReason, policyID: writer, rolloutIndex: rollout,
            logProbability: sample.logProbability, sampledLogProbability: sample.sampledLogProbability,
            referenceLogProbability: reference)
    }

    private func report(
        _ manifest: Manifest, _ notes: [String], alreadyComplete: Bool = false
    ) -> StageReport {
        let noted = manifest.counts.noted
        var report = StageReport(
            stage: GenerateStage.name, output: output, counts: manifest.counts,
            figures: [
                .init("prompts", String(manifest.counts.recordsOut)),
                .init("completions", String(noted["completions"] ?? 0)),
                .init("tokens", String(noted["tokens"] ?? 0)),
                .init("unfinished", String(noted["unfinished-completions"] ?? 0)),
            ], alreadyComplete: alreadyComplete)
        if configuration.withReferences {
            report.figures.append(.init("references", String(noted["reference-completions"] ?? 0)))
            if let long = noted["references-too-long"] {
                report.figures.append(.init("references too long", String(long)))
            }
        }
        if configuration.withCompletions {
            report.figures.append(.init("given", String(noted["given-completions"] ?? 0)))
            if let long = noted["given-completions-too-long"] {
                report.figures.append(.init("given too long", String(long)))
            }
        }
        report.notes = notes
        report.isEmpty = manifest.counts.recordsOut == 0
        return report
    }
}
