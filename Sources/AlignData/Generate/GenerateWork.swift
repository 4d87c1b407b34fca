/// Draws the completions of each unit's prompts, and asks the models for the log-probabilities.
final class GenerateWork: StageWork {
    let plan: ShardPlan
    let stage: GenerateStage
    private let corpus: ShardSet
    private var units: [GenerateStage.Unit] = []
    private var reader: GenerateStage.PromptReader

    init(_ stage: GenerateStage, corpus: ShardSet, plan: ShardPlan) {
        (self.stage, self.corpus, self.plan) = (stage, corpus, plan)
        reader = GenerateStage.PromptReader(corpus)
    }

    func prepare(_ progress: StageProgress) throws {
        units = try GenerateStage.units(of: corpus, stage.configuration)
        progress.expect(units.reduce(0) { $0 + weight($1) }, "completions")
    }

    func hasUnit(_ index: Int) -> Bool { index < units.count }

    func passOver(_ index: Int, sealed counts: StageCounts, _ progress: StageProgress) {
        progress.advance(by: weight(units[index]))
    }

    func write(_ index: Int, into shard: ShardWriter, _ progress: StageProgress) throws -> StageCounts {
        let unit = units[index]
        let prompts = try unit.prompts.map { try reader.prompt($0) }
        var counts = StageCounts()
        counts.filtered = unit.filtered
        counts.recordsIn = prompts.count + counts.filteredTotal
        let sound = try reject(prompts, into: shard, &counts)
        try draw(sound, into: shard, &counts) { try progress.tell(ahead: $0) }
        progress.advance(by: weight(unit))
        return counts
    }

    /// What progress counts a unit as.
    private func weight(_ unit: GenerateStage.Unit) -> Int {
        unit.prompts.count * max(1, stage.configuration.sampling.candidates)
    }

    /// Writes the rejections, and returns the prompts that the models can take.
    private func reject(
        _ prompts: [Prompt], into shard: ShardWriter, _ counts: inout StageCounts
    ) throws -> [Prompt] {
        var sound: [Prompt] = []
        for prompt in prompts {
            let reason: String
            let detail: String
            if prompt.tokens.isEmpty {
                reason = GenerateStage.emptyPrompt
                detail = "the prompt has no tokens"
            } else if prompt.tokens.count + stage.drawnTokens > stage.context {
                reason = GenerateStage.promptTooLong
                detail =
                    "the prompt's \(prompt.tokens.count) tokens and \(stage.drawnTokens) of a completion exceed the"
                    + " context of \(stage.context)"
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
        _ sound: [Prompt], into shard: ShardWriter, _ counts: inout StageCounts,
        _ tell: (Int) throws -> Void
    ) throws {
        let (prompts, given) = withGiven(sound, &counts)
        guard !prompts.isEmpty else { return }
        let sampling = stage.configuration.sampling
        let drawn =
            sampling.candidates == 0
            ? prompts.map { _ in [] }
            : try stage.sampler.sample(
                prompts.map { ($0.id, $0.tokens) }, configuration: sampling, progress: tell)
        precondition(drawn.count == prompts.count, "a sampler answers for each prompt")
        let groups = prompts.indices.map { index in
            TokenGroup(
                prompt: prompts[index].tokens,
                completions: drawn[index].map(\.tokens) + given[index].map(\.tokens))
        }
        let references = try stage.reference.logProbabilities(of: groups)
        let written = try logProbabilities(of: given.map { $0.map(\.tokens) }, to: prompts, references)
        for (index, prompt) in prompts.enumerated() {
            precondition(
                references[index].count == groups[index].completions.count,
                "a model answers for each completion")
            let taken = zip(given[index], written[index]).map { given, logProbability in
                SampledCompletion(
                    tokens: given.tokens, finishReason: .given, logProbability: logProbability,
                    sampledLogProbability: logProbability)
            }
            let sources = drawn[index].map { _ in nil } + given[index].map(Optional.some)
            try insert(
                prompt, Array(zip(drawn[index] + taken, sources)), references[index], into: shard, &counts)
        }
    }

    /// Writes a prompt and its completions, those that were drawn first.
    private func insert(
        _ prompt: Prompt, _ samples: [(SampledCompletion, Given?)], _ references: [Double],
        into shard: ShardWriter, _ counts: inout StageCounts
    ) throws {
        try shard.insert(prompt: prompt)
        for (rollout, (sample, source)) in samples.enumerated() {
            let completion = completion(
                sample, of: prompt, rollout: rollout, writer: source?.writer,
                reference: references[rollout])
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

    /// ln π of the given completions under the policy: those of the reference, where that is the same model.
    private func logProbabilities(
        of given: [[[TokenID]]], to prompts: [Prompt], _ references: [[Double]]
    ) throws -> [[Double]] {
        guard stage.reference.modelID != stage.policy.modelID else {
            return zip(given, references).map { Array($1.suffix($0.count)) }
        }
        let asked = given.indices.filter { !given[$0].isEmpty }
        let groups = asked.map { TokenGroup(prompt: prompts[$0].tokens, completions: given[$0]) }
        let values = groups.isEmpty ? [] : try stage.policy.logProbabilities(of: groups)
        var written = given.map { _ in [Double]() }
        for (index, values) in zip(asked, values) { written[index] = values }
        return written
    }

    private func completion(
        _ sample: SampledCompletion, of prompt: Prompt, rollout: Int, writer: String?, reference: Double
    ) -> Completion {
        let isGiven = sample.finishReason == .given
        let writer = writer ?? stage.sampler.modelID
        let hasEnd = isGiven ? stage.tokenizer.endOfSequence != nil : sample.finishReason == .endOfSequence
        let words = hasEnd ? sample.tokens.dropLast() : sample.tokens[...]
        return Completion(
            id: .completion(
                of: prompt.id, writer: writer, seed: isGiven ? nil : stage.configuration.sampling.seed,
                rollout: rollout, tokens: sample.tokens),
            promptID: prompt.id, text: stage.tokenizer.decode(words), tokens: sample.tokens,
            finishReason: sample.finishReason, policyID: writer, rolloutIndex: rollout,
            logProbability: sample.logProbability, sampledLogProbability: sample.sampledLogProbability,
            referenceLogProbability: reference)
    }
}
