/// Recomputes the log-probabilities of some prompts' completions with the model that they are said to come from.
public struct DeepVerification {
    private let model: any LogProbabilityModel
    private let prompts: Int
    private let seed: UInt64
    private let tolerance: Double
    private let computed: [String: String]

    public static let defaultPrompts = 16
    /// Nats a token. Kernels and precisions differ by far less; another model by far more.
    public static let defaultTolerance = 0.1

    /// - Parameters:
    ///   - model: the reference of the set, or the policy that wrote it.
    ///   - prompts: drawn by `seed`; fewer where the set has fewer.
    ///   - tolerance: what a completion's log-probability may differ by, in nats for each of its tokens.
    ///   - computed: the `ComputeFacts` of the model.
    public init(
        model: any LogProbabilityModel, prompts: Int = defaultPrompts, seed: UInt64 = 0,
        tolerance: Double = defaultTolerance, computed: [String: String] = [:]
    ) {
        precondition(prompts > 0 && tolerance > 0, "something to compare, and how closely")
        self.model = model
        self.prompts = prompts
        self.seed = seed
        self.tolerance = tolerance
        self.computed = computed
    }

    /// What is different here from where the set's numbers were computed.
    func notes(on set: ShardSet) -> [String] {
        guard let difference = ComputeFacts.difference(of: set.manifest.facts, from: computed) else {
            return []
        }
        return [
            "the set was computed with \(difference): its log-probabilities may differ in their last digits from those here"
        ]
    }

    func check(_ set: ShardSet) -> VerificationReport.Check {
        let name = "recomputed log-probabilities"
        guard set.kind == .candidates || set.kind == .pairs else {
            return .init(
                name: name, outcome: .skipped, problems: ["\(set.kind.rawValue) hold no log-probabilities"])
        }
        let facts = set.manifest.facts
        let values: [(name: String, value: (Completion) -> Double)] =
            (facts["reference"] == model.modelID
                ? [("reference log-probability", { $0.referenceLogProbability })] : [])
            + (facts["policy"] == model.modelID ? [("log-probability", { $0.logProbability })] : [])
        guard !values.isEmpty else {
            return .init(
                name: name, outcome: .failed,
                problems: ["the model is neither the policy of the set nor its reference"])
        }
        return VerifyStage.outcome(name) { found in
            let groups = try sample(of: set)
            let recomputed = try model.logProbabilities(
                of: groups.map { group in
                    TokenGroup(prompt: group.prompt.tokens, completions: group.completions.map(\.tokens))
                })
            for (group, recomputed) in zip(groups, recomputed) {
                for (completion, recomputed) in zip(group.completions, recomputed) {
                    let room = tolerance * Double(max(1, completion.tokens.count))
                    for (name, value) in values where !(abs(recomputed - value(completion)) <= room) {
                        found.add("the \(name) of completion \(completion.id) is not what the model computes")
                    }
                }
            }
        }
    }

    /// The prompts that are drawn, in the order of the set, with their completions.
    private func sample(of set: ShardSet) throws -> [CompletionGroup] {
        let sizes = set.manifest.shards.map { $0.rows["prompt"] ?? 0 }
        let total = sizes.reduce(0, +)
        let order = Permutation(count: total, seed: seed, lane: 0)
        let drawn = Set((0..<min(prompts, total)).map { order[$0] })
        var groups: [CompletionGroup] = []
        var start = 0
        for (index, size) in sizes.enumerated() {
            let rows = (0..<size).filter { drawn.contains(start + $0) }
            if !rows.isEmpty {
                let all = try CompletionGroup.groups(of: try set.shard(at: index))
                groups += rows.map { all[$0] }
            }
            start += size
        }
        return groups.filter { !$0.completions.isEmpty }
    }
}
