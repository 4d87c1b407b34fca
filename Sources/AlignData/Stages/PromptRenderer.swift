import Dispatch

/// Renders and tokenizes records on other cores while the next ones are being read. What comes out is in the
/// order of what went in, whatever the number of cores.
final class PromptRenderer {
    /// A record that passed cleaning, and the split that it belongs to.
    struct Item: Sendable {
        var record: SourceRecord
        var split: Split
    }

    typealias Outcome = (item: Item, result: Result<IngestUnit.Rendered, any Error>)

    /// Some records that one thread renders: written by it alone before `done`, read after.
    private final class Batch: @unchecked Sendable {
        let items: [Item]
        var results: [Result<IngestUnit.Rendered, any Error>] = []
        let done = DispatchGroup()

        init(_ items: [Item]) { self.items = items }
    }

    private static let batchSize = 64
    /// They take batches in turn.
    private let workers: [DispatchQueue]
    private let render: @Sendable (Item) throws -> IngestUnit.Rendered
    private var waiting: [Item] = []
    private var batches: [Batch] = []

    init(workers: Int, _ render: @escaping @Sendable (Item) throws -> IngestUnit.Rendered) {
        self.workers = (0..<workers).map { DispatchQueue(label: "prompts \($0)") }
        self.render = render
    }

    func add(_ item: Item) {
        waiting.append(item)
        if waiting.count == Self.batchSize { start() }
    }

    private func start() {
        let batch = Batch(waiting)
        batches.append(batch)
        waiting = []
        workers[batches.count % workers.count].async(group: batch.done) { [render] in
            batch.results = batch.items.map { item in Result { try render(item) } }
        }
    }

    /// Everything since the last call, in order.
    /// - Parameter tell: called between batches; what it throws passes through.
    func finish(_ tell: () throws -> Void, _ body: (Outcome) throws -> Void) throws {
        if !waiting.isEmpty { start() }
        defer { batches = [] }
        for batch in batches {
            try tell()
            batch.done.wait()
            for (item, result) in zip(batch.items, batch.results) { try body((item, result)) }
        }
    }
}
