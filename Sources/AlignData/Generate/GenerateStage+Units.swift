extension GenerateStage {
    /// Filtered: the prompt's split was not asked for.
    public static let splitNotSelected = "split-not-selected"
    /// Filtered: the split has its `maxPrompts` already.
    public static let overLimit = "over-limit"

    /// A prompt's place in the corpus.
    struct Place: Hashable {
        var shard: Int
        var position: Int
    }

    /// What one shard of candidates is made from.
    struct Unit: Equatable {
        var prompts: [Place] = []
        /// Prompts of the corpus passed over on the way, by reason.
        var filtered: [String: Int] = [:]
    }

    /// Cuts the corpus, in its order, into units of `promptsPerShard` selected prompts. At least one unit, so that
    /// what was filtered is accounted for.
    static func units(of corpus: ShardSet, _ configuration: GenerateConfiguration) throws -> [Unit] {
        let heads = try (0..<corpus.shardCount).map { try corpus.shard(at: $0).promptHeads() }
        let limited = selection(heads.flatMap { $0 }, configuration)
        var units = [Unit()]
        for (shard, heads) in heads.enumerated() {
            for (position, head) in heads.enumerated() {
                if !configuration.splits.contains(head.split) {
                    units[units.count - 1].filtered[splitNotSelected, default: 0] += 1
                } else if let limited, !limited.contains(head.id) {
                    units[units.count - 1].filtered[overLimit, default: 0] += 1
                } else {
                    if units[units.count - 1].prompts.count == configuration.promptsPerShard {
                        units.append(Unit())
                    }
                    units[units.count - 1].prompts.append(Place(shard: shard, position: position))
                }
            }
        }
        return units
    }

    /// The ids within the limit of their split; nil without a limit.
    private static func selection(
        _ heads: [(id: RecordID, split: Split)], _ configuration: GenerateConfiguration
    ) -> Set<RecordID>? {
        guard let limit = configuration.maxPrompts else { return nil }
        var selected: Set<RecordID> = []
        for split in configuration.splits {
            let ranked = heads.filter { $0.split == split }.map { head in
                let random = CounterRandom(
                    seed: configuration.sampling.seed, purpose: .selection, record: head.id)
                return (rank: random.bits(0), id: head.id)
            }
            selected.formUnion(ranked.sorted { ($0.rank, $0.id) < ($1.rank, $1.id) }.prefix(limit).map(\.id))
        }
        return selected
    }

    /// Reads prompts by place, keeping the shard of the last one.
    struct PromptReader {
        private let corpus: ShardSet
        private var shard = -1
        private var prompts: [Prompt] = []

        init(_ corpus: ShardSet) { self.corpus = corpus }

        mutating func prompt(_ place: Place) throws -> Prompt {
            if place.shard != shard {
                prompts = try corpus.shard(at: place.shard).prompts()
                shard = place.shard
            }
            return prompts[place.position]
        }
    }
}
