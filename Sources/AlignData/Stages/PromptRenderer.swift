import Dispatch

/// Renders and tokenizes records on other cores while the next ones are being read. What comes out is in the order of
/// what went in, whatever the number of cores.
final class PromptRenderer {
    /// A record that passed cleaning, with the ids that decide its place.
    struct Item: Sendable {
        var record: SourceRecord
        var documentID: RecordID
        var promptID: RecordID
    }

    typealias Outcome = (item: Item, result: Result<Prompt, any Error>)

    /// Some records that one thread renders: written by it alone before `done`, read after.
    private final class Batch: @unchecked Sendable {
        let items: [Item]
        var results: [Result<Prompt, any Error>] = []
        let done = DispatchGroup()

        init(_ items: [Item]) { self.items = items }
    }

    private static let batchSize = 64
    private let queue = DispatchQueue(label: "prompts", attributes: .concurrent)
    private let render: @Sendable (Item) throws -> Prompt
    private var waiting: [Item] = []
    private var batches: [Batch] = []

    init(_ render: @escaping @Sendable (Item) throws -> Prompt) { self.render = render }

    func add(_ item: Item) {
        waiting.append(item)
        if waiting.count == Self.batchSize { start() }
    }

    private func start() {
        let batch = Batch(waiting)
        batches.append(batch)
        waiting = []
        queue.async(group: batch.done) { [render] in
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
