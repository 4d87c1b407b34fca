/// Joins what came too late to the prompts of shards that are sealed: each of them is written once more, whole. One that
/// has been, by a run that was killed, is left as it is.
struct LateJoining {
    let writer: ShardSetWriter
    let renderer: RecordRenderer
    let keepsEqual: Bool

    /// - Parameters:
    ///   - starts: the number of the first record of each shard, and of the one after the last.
    ///   - tell: called often; what it throws ends the work between two records.
    func join(_ late: LateJoins, starts: [Int], tell: () throws -> Void) throws {
        if late.isEmpty { return }
        var sorted = late.sorted()
        for index in 0..<(starts.count - 1) {
            guard var next = try sorted.next(below: starts[index + 1]) else { continue }
            try tell()
            guard let joins = try writer.joins(ofShard: index), joins.laterRecords == nil else {
                while try sorted.next(below: starts[index + 1]) != nil {}
                continue
            }
            try writer.rewrite(shard: index) { reader, shard in
                var copy = Copy(self, reader, shard, start: starts[index])
                try copy.begin()
                while true {
                    try copy.add(next.addition, to: next.number)
                    try tell()
                    guard let following = try sorted.next(below: starts[index + 1]) else { break }
                    next = following
                }
                return try copy.end()
            }
        }
    }

    /// One shard on its way to a new one.
    private struct Copy {
        let renderer: RecordRenderer
        let keepsEqual: Bool
        let reader: ShardReader
        let shard: ShardWriter
        /// The number of the shard's first record.
        let start: Int

        private var prompts: [Prompt] = []
        private var position = 0
        /// Of the prompt at `position`, from the first addition.
        private var joiner: RecordJoiner?
        private var remainder = CorpusPipeline.Remainder()

        init(_ joining: LateJoining, _ reader: ShardReader, _ shard: ShardWriter, start: Int) {
            renderer = joining.renderer
            keepsEqual = joining.keepsEqual
            self.reader = reader
            self.shard = shard
            self.start = start
        }

        mutating func begin() throws {
            shard.joins = reader.joins
            try reader.forEachDocument { try shard.insert(document: $0, id: $1) }
            prompts = try reader.prompts()
        }

        /// Additions come in the order of their records.
        mutating func add(_ addition: RecordAddition, to number: Int) throws {
            remainder.counts.recordsIn += 1
            guard let position = reader.joins.position(ofRecord: number - start) else {
                return remainder.filter(RecordCleaner.documentLeftOut, addition.provenance)
            }
            try pass(to: position)
            guard prompts.indices.contains(position) else {
                throw ShardError.notAShard(path: reader.path, detail: "it lacks a prompt")
            }
            var joiner = joiner.take() ?? joiner(of: prompts[position])
            let outcome = joiner.add(addition)
            remainder.counts.note(outcome, hasOtherExtra: joiner.hasOtherExtra(addition))
            switch outcome {
            case .joined(let news):
                prompts[position].references += news.references.map(renderer.reference)
                for (completion, name, value) in news.scores {
                    prompts[position].given[completion].scores[name] = value
                }
                prompts[position].given += news.completions.map(renderer.given)
                remainder.counts.noted["references", default: 0] += news.references.count
                if !news.completions.isEmpty {
                    remainder.counts.noted["given-completions", default: 0] += news.completions.count
                }
                remainder.filter(RecordCleaner.joined, addition.provenance)
            case .equal(let hasOtherID):
                remainder.filter(RecordCleaner.reason(ofEqualWithOtherID: hasOtherID), addition.provenance)
            case .contradiction(let score):
                remainder.reject(RecordCleaner.rejection(of: addition, contradicting: score))
            }
            self.joiner = joiner
        }

        private func joiner(of prompt: Prompt) -> RecordJoiner {
            RecordJoiner(
                sourceID: prompt.sourceID, references: prompt.references.map(\.text),
                completions: prompt.given.map {
                    SourceCompletion(text: $0.text, policy: $0.policy, scores: $0.scores)
                }, extra: prompt.extra, keepsEqual: keepsEqual)
        }

        /// Writes the prompts before a position, of which nothing more is to come.
        private mutating func pass(to end: Int) throws {
            guard position < end else { return }
            joiner = nil
            while position < min(end, prompts.count) {
                try shard.insert(prompt: prompts[position])
                position += 1
            }
        }

        mutating func end() throws -> StageCounts {
            try pass(to: prompts.count)
            for rejection in try reader.rejections() + remainder.rejections {
                try shard.insert(rejection: rejection)
            }
            for record in try reader.filtered() + remainder.filtered { try shard.insert(filtered: record) }
            shard.joins.laterRecords = remainder.counts.recordsIn
            var counts = reader.counts
            counts += remainder.counts
            return counts
        }
    }
}
