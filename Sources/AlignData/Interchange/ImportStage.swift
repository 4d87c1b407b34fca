import Foundation

/// Makes pair shards of completions that were scored elsewhere, or candidates of those that nobody has scored
/// yet, with reference log-probabilities by the pass that training uses. A record is a completion, and a row
/// that is rejected whole; of unscored completions it is a row.
///
/// Rows of one prompt are joined wherever they stand, so all of them are held in memory, the model's answers
/// a shard at a time. Nothing is truncated but by a recipe's own rule, which is counted.
public struct ImportStage {
    public static let name = ImportedGroups.stage
    /// The `policyID` of imported completions, and the scorer of their rewards.
    public static let importedPolicy = "import"

    private let files: [String]
    private var recipe: Recipe?
    private let policy: any LogProbabilityModel
    private let tokenizer: Tokenizer
    private let configuration: ImportConfiguration
    private let output: String
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
        precondition(configuration.promptsPerShard > 0, "a shard holds at least one prompt")
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
    ///   `StageError.notFinite`; `Interrupted`; what the model throws.
    public func run(progress: ProgressHandler) throws -> StageReport {
        guard !files.isEmpty else { throw IngestError.noSources }
        var stage = self
        if let prompt = recipe?.prompt { stage.recipe?.prompt = try prompt.resolved(for: tokenizer) }
        return try stage.importFiles(progress)
    }

    private func importFiles(_ progress: ProgressHandler) throws -> StageReport {
        let sources = try files.map { try SourceFile(path: $0) }
        let writer = try ShardSetWriter(
            output: output, kind: configuration.format.output, stage: ImportStage.name,
            configuration: Identity(configuration, recipe), seed: configuration.seed, facts: facts(sources),
            inputs: try sources.map {
                Manifest.Input(role: "source", name: $0.name, sha256: try FileHash.sha256(ofFile: $0.path))
            })
        if let manifest = writer.completed { return report(manifest, writer.notes, alreadyComplete: true) }

        let imported = try read(sources, progress)
        let size = configuration.promptsPerShard
        var done = 0
        func tell() throws {
            let answer = progress(Progress(done: done, total: imported.groups.count, unit: "prompts"))
            if answer == .stop { throw Interrupted() }
        }
        // A set without any pair still has one shard, for what was rejected.
        for shard in 0..<max(1, (imported.groups.count + size - 1) / size) {
            try tell()
            let range = (shard * size)..<min((shard + 1) * size, imported.groups.count)
            if try writer.sealedCounts(ofShard: shard) == nil {
                try writer.write(shard: shard) { writer in
                    var counts = StageCounts()
                    if shard == 0 {
                        for rejection in imported.rejections { try writer.insert(rejection: rejection) }
                        counts = imported.counts
                    }
                    let groups = Array(imported.groups[range])
                    switch configuration.format.output {
                    case .candidates: try writeCandidates(groups, to: writer, &counts)
                    default: try writePairs(groups, to: writer, &counts)
                    }
                    return counts
                }
            }
            done = range.upperBound
        }
        try tell()
        return report(try writer.finish(), writer.notes)
    }

    private func facts(_ sources: [SourceFile]) -> [String: String] {
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

    private func read(_ sources: [SourceFile], _ progress: ProgressHandler) throws -> ImportedGroups {
        let imported = ImportedGroups(
            configuration: configuration, template: recipe?.prompt, extraNames: recipe?.extraNames,
            tokenizer: tokenizer, contextLength: policy.contextLength)
        var lines = 0
        for source in sources {
            try source.read(unread: imported.takeForTheRest) { bytes, origin in
                try JSONLine.read(bytes, origin: origin) { line in
                    if lines % 64 == 0 {
                        let answer = progress(Progress(done: lines, total: nil, unit: "rows"))
                        if answer == .stop { throw Interrupted() }
                    }
                    lines += 1
                    imported.take(line)
                }
            }
        }
        return imported
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
        let values = try policy.logProbabilities(
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
        guard configuration.format == .trlPreference else {
            return Pairing(
                promptID: group.prompt.id, completions: completions, rule: configuration.pairing,
                seed: configuration.seed)
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

    private func report(
        _ manifest: Manifest, _ notes: [String], alreadyComplete: Bool = false
    ) -> StageReport {
        let counts = manifest.counts
        var report = PairsStage.report(manifest, output: output, alreadyComplete: alreadyComplete)
        if manifest.kind == .candidates {
            report.figures = [
                .init("prompts", String(counts.recordsOut)),
                .init("completions", String(counts.noted["completions"] ?? 0)),
            ]
        }
        if let truncated = counts.noted[ImportedGroups.truncatedPrompts] {
            report.figures.append(.init("truncated", String(truncated)))
        }
        if let conversations = counts.noted[ImportedGroups.conversations] {
            report.figures.append(.init("conversations", String(conversations)))
        }
        // A prompt that a chat template rendered, cut as if people had typed it: worth a look.
        if let named = counts.noted[ImportedGroups.controlTokenNames] {
            report.figures.append(.init("prompts with control tokens as plain text", String(named)))
        }
        report.notes = notes
        if let differing = counts.noted[ImportedGroups.differingFields] {
            report.remarks.append(
                "\(differing) rows have another own id or other extra fields than the first row of their prompt, whose are"
                    + " kept")
        }
        if manifest.kind == .candidates { report.isEmpty = counts.recordsOut == 0 }
        let allowed = configuration.allowedRejections * Double(counts.recordsIn)
        report.tooManyRejections = Double(counts.rejectedTotal) > allowed
        report.noteIncompleteSources(areAllowed: configuration.allowsIncompleteSources)
        return report
    }
}
