/// Cuts what the readers hand out into units, each of which becomes a shard. A unit is full by the records that pass
/// cleaning (or by those left out alone), which needs no tokenizer: so an interrupted run, reading its sources again,
/// passes over sealed shards quickly and cuts the rest as before.
final class IngestUnits {
    /// Records left out by rule that one unit lists, at most.
    private static let maxFiltered = 1 << 16

    private let configuration: IngestConfiguration
    private let pipeline: CorpusPipeline
    /// Units whose shards an earlier run has sealed: they need no prompts.
    private let sealed: Int

    private var index = 0
    private var count = 0
    private var textBytes = 0
    private var remainder = CorpusPipeline.Remainder()
    private var cleaner: RecordCleaner
    /// Records seen in all units.
    private(set) var totalRecords = 0

    init(recipe: Recipe, configuration: IngestConfiguration, pipeline: CorpusPipeline, sealed: Int) {
        self.configuration = configuration
        self.pipeline = pipeline
        self.sealed = sealed
        cleaner = RecordCleaner(recipe: recipe, seed: configuration.seed)
    }

    func note(_ name: String, _ count: Int) { remainder.counts.noted[name, default: 0] += count }

    /// - Throws: what kept an earlier unit from being written.
    func take(_ outcome: RecordOutcome) throws {
        switch outcome {
        case .noted(let name, let count): return note(name, count)
        case .rejection(let rejection): remainder.reject(rejection)
        case .unselected(let provenance): remainder.filter(RecordCleaner.unselected, provenance)
        case .record(let record):
            switch cleaner.judge(record) {
            case .filtered(let reason): remainder.filter(reason, record.provenance)
            case .sound(let sound):
                count += 1
                textBytes += sound.record.textBytes
                if index >= sealed { try pipeline.add(sound) }
            }
        }
        totalRecords += 1
        remainder.counts.recordsIn += 1
        if count == configuration.promptsPerShard
            || remainder.rejections.count == configuration.promptsPerShard
            || remainder.filtered.count == Self.maxFiltered || textBytes >= configuration.textBytesPerShard
        {
            try end()
        }
    }

    /// Ends the last unit.
    func finish() throws {
        if remainder.counts != StageCounts() { try end() }
    }

    private func end() throws {
        for (name, count) in cleaner.takeNotes() { note(name, count) }
        if index >= sealed { try pipeline.end(remainder) }
        index += 1
        count = 0
        textBytes = 0
        remainder = CorpusPipeline.Remainder()
    }
}
