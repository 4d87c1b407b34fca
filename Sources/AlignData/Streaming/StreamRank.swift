/// One of several processes that share a stream. All see the same batches in the same order; of a batch each takes the
/// groups whose index in the epoch is its own, modulo their number. A position belongs to the stream, not to a
/// rank: a run that stopped with two ranks goes on with three, and nothing is lost or repeated.
public struct StreamRank: Hashable, Sendable {
    public let index: Int
    public let count: Int

    /// The one that takes all.
    public static let only = StreamRank(0, of: 1)

    public init(_ index: Int, of count: Int) {
        precondition(0 <= index && index < count, "a rank is one of their number")
        self.index = index
        self.count = count
    }
}
