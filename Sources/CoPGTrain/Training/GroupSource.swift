public import AlignData

/// Groups in an order that is a pure function of the source and its seed, so that a position is all that
/// resuming needs.
public protocol GroupSource: AnyObject {
    /// What the groups and their order are made of (manifest hashes, seed): a run resumes only over the same.
    var identity: String { get }
    /// Groups an epoch.
    var groupCount: Int { get }

    /// The `count` groups from `position` on. The trainer asks for none beyond the end of the epoch.
    /// - Returns: the groups and the position after them: index 0 of the next epoch after the last of one.
    func batch(at position: StreamPosition, count: Int) throws -> GroupBatch
}

/// Consecutive groups of a source.
public struct GroupBatch: Sendable {
    public var groups: [CandidateGroup]
    /// How many times each group stands in the batch. A source whose groups repeat merges equal ones: loss
    /// and gradient are sums over the groups, so a group counted n times is exactly n equal groups, for the
    /// price of one.
    public var counts: [Int]
    public var next: StreamPosition

    /// `counts` is 1 for every group when nil.
    public init(groups: [CandidateGroup], counts: [Int]? = nil, next: StreamPosition) {
        precondition(counts.map { $0.count == groups.count } ?? true, "one count for every group")
        self.groups = groups
        self.counts = counts ?? groups.map { _ in 1 }
        self.next = next
    }
}
