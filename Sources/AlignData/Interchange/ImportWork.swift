/// Reads all rows, then writes their prompts, the model's answers a shard at a time.
final class ImportWork: StageWork {
    let plan: ShardPlan
    private let stage: ImportStage
    private let sources: [SourceFile]
    /// Its template is resolved.
    private let recipe: Recipe?
    private let imported: ImportedGroups

    init(_ stage: ImportStage, sources: [SourceFile], recipe: Recipe?, plan: ShardPlan) {
        (self.stage, self.sources, self.recipe, self.plan) = (stage, sources, recipe, plan)
        imported = ImportedGroups(
            configuration: stage.configuration, template: recipe?.prompt, extraNames: recipe?.extraNames,
            tokenizer: stage.tokenizer, contextLength: stage.policy.contextLength)
    }

    func prepare(_ progress: StageProgress) throws {
        progress.expect(nil, "rows")
        for source in sources {
            try source.read(unread: imported.takeForTheRest) { bytes, origin in
                try JSONLine.read(bytes, origin: origin) { line in
                    if progress.done % 64 == 0 { try progress.tell() }
                    progress.advance(by: 1)
                    imported.take(line)
                }
            }
        }
        progress.expect(imported.groups.count, "prompts")
    }

    private var size: Int { stage.configuration.promptsPerShard }

    /// A set without any pair still has one shard, for what was rejected.
    func hasUnit(_ index: Int) -> Bool { index == 0 || index * size < imported.groups.count }

    func passOver(_ index: Int, sealed counts: StageCounts, _ progress: StageProgress) {
        progress.advance(by: range(index).count)
    }

    private func range(_ index: Int) -> Range<Int> {
        index * size..<min((index + 1) * size, imported.groups.count)
    }

    func write(_ index: Int, into shard: ShardWriter, _ progress: StageProgress) throws -> StageCounts {
        var counts = StageCounts()
        if index == 0 {
            for rejection in imported.rejections { try shard.insert(rejection: rejection) }
            counts = imported.counts
        }
        let groups = Array(imported.groups[range(index)])
        switch plan.kind {
        case .candidates: try writeCandidates(groups, to: shard, &counts)
        default: try writePairs(groups, to: shard, &counts)
        }
        progress.advance(by: groups.count)
        return counts
    }

    /// Pairs the groups, and writes what is in a pair.
    private func writePairs(
        _ groups: [ImportedGroups.Group], to shard: ShardWriter, _ counts: inout StageCounts
    ) throws {
        var paired: [PairedPrompt] = []
        for group in groups {
            let pairing = pairing(of: group)
            counts.recordsIn += group.completions.count
            counts.recordsOut += pairing.kept.count
            counts.filtered.merge(pairing.filtered, uniquingKeysWith: +)
            counts.note(pairing, split: group.prompt.split)
            guard !pairing.pairs.isEmpty else { continue }
            let kept = pairing.kept.map { group.completions[$0] }
            paired.append(
                PairedPrompt(
                    prompt: group.prompt, completions: completions(kept, of: group.prompt),
                    rewards: kept.map(\.reward), rawRewards: kept.map(\.reward), pairs: pairing.pairs))
        }
        let scored = try withLogProbabilities(paired.map { ($0.prompt, $0.completions) })
        for (var prompt, completions) in zip(paired, scored) {
            prompt.completions = completions
            try prompt.insert(into: shard)
        }
    }

    private func writeCandidates(
        _ groups: [ImportedGroups.Group], to shard: ShardWriter, _ counts: inout StageCounts
    ) throws {
        let asked = groups.map { ($0.prompt, completions($0.completions, of: $0.prompt)) }
        for (group, completions) in zip(groups, try withLogProbabilities(asked)) {
            counts.recordsIn += 1
            counts.recordsOut += 1
            counts.noted["completions", default: 0] += completions.count
            try shard.insert(prompt: group.prompt)
            for completion in completions { try shard.insert(completion: completion) }
        }
    }

    /// The completions of each prompt with what the policy says of them.
    private func withLogProbabilities(
        _ groups: [(prompt: Prompt, completions: [Completion])]
    ) throws -> [[Completion]] {
        guard !groups.isEmpty else { return [] }
        let values = try stage.policy.logProbabilities(
            of: groups.map {
                TokenGroup(prompt: $0.prompt.tokens, completions: $0.completions.map(\.tokens))
            })
        return try zip(groups, values).map { group, values in
            try zip(group.completions, values).map { completion, value in
                guard value.isFinite else {
                    throw StageError.notFinite(what: "log-probability", completion: completion.id)
                }
                var completion = completion
                completion.logProbability = value
                completion.sampledLogProbability = value
                completion.referenceLogProbability = value
                return completion
            }
        }
    }

    /// Preferences are the pairs they list; scored completions are paired by the rule.
    private func pairing(of group: ImportedGroups.Group) -> Pairing {
        let completions = group.completions.map { (tokens: $0.tokens, reward: $0.reward) }
        guard stage.configuration.format == .trlPreference else {
            return Pairing(
                promptID: group.prompt.id, completions: completions, rule: stage.configuration.pairing,
                seed: stage.configuration.seed)
        }
        return Pairing(listed: group.pairs.sorted(), rewards: group.completions.map(\.reward))
    }

    /// As shards hold them, in their order; the log-probabilities are still to come.
    private func completions(_ imported: [ImportedGroups.Completion], of prompt: Prompt) -> [Completion] {
        imported.enumerated().map { place, completion in
            Completion(
                id: RecordID(
                    kind: "completion",
                    [prompt.id.hex, ImportStage.importedPolicy] + completion.tokens.map { String($0) }),
                promptID: prompt.id, text: completion.text, tokens: completion.tokens,
                finishReason: completion.finishReason, policyID: ImportStage.importedPolicy,
                rolloutIndex: place, logProbability: 0, sampledLogProbability: 0, referenceLogProbability: 0)
        }
    }
}
