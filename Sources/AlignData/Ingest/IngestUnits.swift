/// Cuts what the readers hand out into units, each of which becomes a shard. A unit is full by the records that pass
/// cleaning (or by those left out alone), which needs no tokenizer: so an interrupted run, reading its sources again,
/// passes over sealed shards quickly and cuts the rest as before.
///
/// The last records are held back a little: rows of one document mostly follow each other, and are joined here. Rows
/// that come when the record they belong to has gone on are kept aside (`LateJoins`).
final class IngestUnits {
    /// Records left out by rule that one unit lists, at most.
    private static let maxFiltered = 1 << 16
    /// Records that are held back, and bytes of their texts.
    private static let heldRecords = 64
    private static let heldBytes = 1 << 19

    private let configuration: IngestConfiguration
    private let pipeline: CorpusPipeline
    /// Units whose shards an earlier run has sealed: they need no prompts.
    private let sealed: Int

    private var index = 0
    private var count = 0
    private var textBytes = 0
    private var joinedCount = 0
    private var remainder = CorpusPipeline.Remainder()
    private var cleaner: RecordCleaner
    private var held = HeldRecords()
    private let late: LateJoins
    private var census: FieldCensus
    /// Records seen in all units.
    private(set) var totalRecords = 0
    /// The number of the first sound record of each unit, and of the one after the last.
    private(set) var starts = [0]

    init(
        cleaner: RecordCleaner, census: FieldCensus, configuration: IngestConfiguration,
        pipeline: CorpusPipeline, late: LateJoins, sealed: Int
    ) {
        self.configuration = configuration
        self.pipeline = pipeline
        self.late = late
        self.sealed = sealed
        self.cleaner = cleaner
        self.census = census
    }

    func note(_ name: String, _ count: Int) { remainder.counts.noted[name, default: 0] += count }

    /// - Throws: what kept an earlier unit from being written.
    func take(_ outcome: RecordOutcome) throws {
        // What the next record changes belongs to its own unit.
        if isFull { noteChanges() }
        switch outcome {
        case .noted(let name, let count): return note(name, count)
        case .rejection(let rejection):
            try endIfFull()
            remainder.reject(rejection)
        case .unselected(let provenance):
            try endIfFull()
            remainder.filter(RecordCleaner.unselected, provenance)
        case .record(let record):
            census.take(record)
            switch try cleaner.judge(record) {
            case .filtered(let reason):
                try endIfFull()
                remainder.filter(reason, record.provenance)
            case .sound(let clean):
                try endIfFull()
                count += 1
                textBytes += clean.record.textBytes
                held.append(clean)
                while held.count > Self.heldRecords || held.textBytes > Self.heldBytes { try letGo() }
            case .joins(let addition, let number):
                totalRecords += 1
                // It is accounted for by the shard of its record.
                guard held.contains(number) else { return try late.add(addition, to: number) }
                join(addition, to: number)
                remainder.counts.recordsIn += 1
                // However many belong to one record, a unit is bounded.
                if filteredCount >= 2 * Self.maxFiltered || textBytes >= 2 * configuration.textBytesPerShard {
                    try end()
                }
                return
            }
        }
        totalRecords += 1
        remainder.counts.recordsIn += 1
    }

    /// Ends the last unit.
    func finish() throws {
        if remainder.counts != StageCounts() || count > 0 { try end() }
    }

    private var filteredCount: Int { remainder.filtered.count + joinedCount }

    private var isFull: Bool {
        count == configuration.promptsPerShard || remainder.rejections.count == configuration.promptsPerShard
            || filteredCount >= Self.maxFiltered || textBytes >= configuration.textBytesPerShard
    }

    /// A full unit ends with the record after it that does not belong to one of its own.
    private func endIfFull() throws {
        if isFull { try end() }
    }

    private func noteChanges() {
        for (name, count) in cleaner.takeNotes() { note(name, count) }
    }

    private func end() throws {
        while held.count > 0 { try letGo() }
        noteChanges()
        for (name, count) in census.takeNotes() { note(name, count) }
        if index >= sealed { try pipeline.end(remainder) }
        index += 1
        starts.append(starts[starts.count - 1] + count)
        count = 0
        textBytes = 0
        joinedCount = 0
        remainder = CorpusPipeline.Remainder()
    }

    private func letGo() throws {
        let clean = held.removeFirst()
        if index >= sealed { try pipeline.add(clean) }
    }

    private func join(_ addition: RecordAddition, to number: Int) {
        let (outcome, hasOtherExtra) = held.join(addition, to: number, cleaner.joiner)
        remainder.counts.note(outcome, hasOtherExtra: hasOtherExtra)
        switch outcome {
        case .joined(let news):
            joinedCount += 1
            textBytes += news.textBytes
        case .equal(let hasOtherID):
            remainder.filter(RecordCleaner.reason(ofEqualWithOtherID: hasOtherID), addition.provenance)
        case .contradiction(let score):
            remainder.reject(RecordCleaner.rejection(of: addition, contradicting: score))
        }
    }
}
