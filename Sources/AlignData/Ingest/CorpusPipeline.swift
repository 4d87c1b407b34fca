import Dispatch

/// Renders, tokenizes and writes records while the thread that reads them goes on: the rendering threads take batches as
/// they are free, so does the reading thread when it has no room or nothing left to read, and one thread writes their
/// prompts in the order of the input, unit by unit. The shards do not depend on the number of threads, and only so much
/// text is on the way that memory is bounded.
final class CorpusPipeline: @unchecked Sendable {
    /// What a unit has beside its prompts.
    struct Remainder: Sendable {
        var rejections: [Rejection] = []
        var filtered: [FilteredRecord] = []
        var counts = StageCounts()

        mutating func reject(_ rejection: Rejection) {
            counts.rejected[rejection.reason, default: 0] += 1
            rejections.append(rejection)
        }

        mutating func filter(_ reason: String, _ provenance: Provenance) {
            counts.filtered[reason, default: 0] += 1
            filtered.append(FilteredRecord(reason: reason, provenance: provenance))
        }
    }

    /// Some records that one thread renders: written by it alone until its work is done, read after.
    private final class Batch: @unchecked Sendable {
        let records: [CleanRecord]
        var results: [Result<RecordRenderer.Rendered, any Error>] = []

        init(_ records: [CleanRecord]) { self.records = records }

        func render(by renderer: RecordRenderer) {
            results = records.map { record in Result { try renderer.render(record) } }
        }
    }

    private enum Message: Sendable {
        case batch(Batch)
        /// The unit has no more batches.
        case end(Remainder)
    }

    private static let batchRecords = 32
    private static let batchBytes = 1 << 19

    /// Bytes of text that may be on the way: some 30 ms of work, for which the disk may keep the writing thread waiting.
    private static let room = 1 << 22
    /// What a message weighs at least.
    private static let messageBytes = 1 << 15

    private let open: () throws -> ShardSetWriter
    private let first: Int
    private let line: WorkLine<Message>
    private let rendering = DispatchGroup()
    private let opening = DispatchGroup()
    private let writing = DispatchGroup()
    private var waiting: [CleanRecord] = []
    private var waitingBytes = 0
    // Written by the writing thread; read when it has ended, and `opened` when it has been opened.
    private var failure: (any Error)?
    private var opened: ShardSetWriter?

    /// - Parameters:
    ///   - first: the shard that the first unit becomes.
    ///   - open: called once, on the writing thread, while records are read and rendered already. The writer is used by
    ///     the pipeline alone until `finish` or `stop` returns.
    init(renderer: RecordRenderer, first: Int, workers: Int, open: @escaping () throws -> ShardSetWriter) {
        self.open = open
        self.first = first
        line = WorkLine(room: Self.room) { message in
            if case .batch(let batch) = message { batch.render(by: renderer) }
        }
        for worker in 0..<workers {
            DispatchQueue(label: "align-data.render \(worker)").start(in: rendering) { [line] in
                line.work()
            }
        }
        opening.enter()
        DispatchQueue(label: "align-data.corpus").start(in: writing) { [self] in
            do { try writeUnits() } catch { failure = error }
            line.close()
        }
    }

    // MARK: - The reading thread

    /// Waits while there is no room.
    /// - Throws: what kept an earlier record from being written.
    func add(_ record: CleanRecord) throws {
        waiting.append(record)
        waitingBytes += record.record.textBytes
        if waiting.count == Self.batchRecords || waitingBytes >= Self.batchBytes { try render() }
    }

    /// Waits until the folder is known to be this work's.
    /// - Throws: what kept it from being opened.
    func waitUntilOpen() throws {
        opening.wait()
        if opened != nil { return }
        writing.wait()
        throw failure ?? Interrupted()
    }

    /// Ends the unit.
    func end(_ remainder: Remainder) throws {
        if !waiting.isEmpty { try render() }
        try send(.end(remainder), bytes: 0)
    }

    /// Waits until every unit is written and every thread has ended.
    func finish() throws -> ShardSetWriter {
        while line.help() {}
        close()
        guard let opened, failure == nil else { throw failure ?? Interrupted() }
        return opened
    }

    /// Waits until the units that were ended are written, as far as the writer was opened and did not fail, and until
    /// every thread has ended. Nothing is left of the unit that was not ended.
    /// - Returns: nil when it was not opened.
    func stop() -> ShardSetWriter? {
        close()
        return opened
    }

    private func close() {
        line.close()
        writing.wait()
        // What nobody takes any more is rendered all the same: a few hundredths of a second.
        rendering.wait()
    }

    private func render() throws {
        let batch = Batch(waiting)
        let bytes = waitingBytes
        waiting = []
        waitingBytes = 0
        try send(.batch(batch), bytes: bytes)
    }

    private func send(_ message: Message, bytes: Int) throws {
        if line.add(message, weight: max(bytes, Self.messageBytes)) { return }
        writing.wait()
        throw failure ?? Interrupted()
    }

    // MARK: - The writing thread

    private func writeUnits() throws {
        let writer = try begin()
        var index = first
        while let message = line.take() {
            var next: Message? = message
            try writer.write(shard: index) { shard in
                defer { next = nil }
                return try write(beginning: message, to: shard)
            }
            // The shard was sealed by an earlier run, though one before it was not.
            while let unwritten = next {
                if case .end = unwritten { break }
                next = line.take()
            }
            index += 1
        }
    }

    private func begin() throws -> ShardSetWriter {
        defer { opening.leave() }
        let writer = try open()
        opened = writer
        return writer
    }

    /// Writes one unit, of which `message` is the first part.
    private func write(beginning message: Message, to shard: ShardWriter) throws -> StageCounts {
        var documents: Set<RecordID> = []
        /// What rendering leaves out comes after what reading has left out.
        var late = Remainder()
        /// Records so far.
        var place = 0
        var message = message
        while case .batch(let batch) = message {
            for (clean, result) in zip(batch.records, batch.results) {
                defer { place += 1 }
                let joined: String
                switch result {
                case .success(.prompt(let prompt)):
                    if documents.insert(prompt.documentID).inserted {
                        try shard.insert(document: clean.record, id: prompt.documentID)
                    }
                    try shard.insert(prompt: prompt)
                    late.counts.account(for: prompt)
                    joined = RecordCleaner.joined
                case .success(.filtered(let reason)):
                    late.filter(reason, clean.record.provenance)
                    joined = RecordCleaner.documentLeftOut
                    shard.joins.leftOut.append(place)
                case .failure(let error as PromptTemplateError):
                    late.reject(RecordRenderer.rejection(of: clean.record, error))
                    joined = RecordCleaner.documentLeftOut
                    shard.joins.leftOut.append(place)
                case .failure(let error): throw error
                }
                for provenance in clean.joined { late.filter(joined, provenance) }
            }
            // The line closes inside a unit when the work is to stop.
            guard let next = line.take() else { throw Interrupted() }
            message = next
        }
        guard case .end(let remainder) = message else {
            preconditionFailure("a unit ends with its remainder")
        }
        for rejection in remainder.rejections + late.rejections { try shard.insert(rejection: rejection) }
        for record in remainder.filtered + late.filtered { try shard.insert(filtered: record) }
        late.counts += remainder.counts
        return late.counts
    }
}

extension StageCounts {
    /// Counts a record that is not rejected, and whose extra fields are lost.
    mutating func note(_ outcome: RecordJoiner.Outcome, hasOtherExtra: Bool) {
        if case .contradiction = outcome { return }
        if hasOtherExtra { noted[RecordCleaner.otherExtraFields, default: 0] += 1 }
    }

    fileprivate mutating func account(for prompt: Prompt) {
        recordsOut += 1
        noted["prompt-tokens", default: 0] += prompt.tokens.count
        noted["references", default: 0] += prompt.references.count
        noted["split-\(prompt.split.rawValue)", default: 0] += 1
        if !prompt.given.isEmpty { noted["given-completions", default: 0] += prompt.given.count }
        if prompt.truncatedCharacters > 0 { noted["truncated-prompts", default: 0] += 1 }
    }
}
