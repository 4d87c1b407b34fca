import Foundation

/// How a corpus is taken in. The defaults live here and nowhere else.
public struct IngestConfiguration: Hashable, Sendable, Codable {
    /// Records that pass cleaning, a shard at most: the unit of work that an interruption can cost.
    public var promptsPerShard: Int = 4096
    /// Bytes of their texts, a shard: it ends with the record that reaches them.
    public var textBytesPerShard: Int = 32 << 20
    /// Threads that tokenize, beside the one that reads when that has no room. The shards do not depend on it. One core
    /// is for the threads that read and write: with a tokenizing thread on it, too, two cores take 2 % longer.
    public var workers: Int = max(1, ProcessInfo.processInfo.activeProcessorCount - 1)
    /// Decides the split of records that have none.
    public var seed: UInt64 = 0
    /// The share of all records that may be rejected before the report says that there were too many.
    public var allowedRejections: Double = 0.05
    /// Whether a source that cannot be read to its end is good enough, so that the report says nothing against it.
    public var allowsIncompleteSources: Bool = false
    /// What each archive may unfold into.
    public var archiveLimits = ArchiveLimits()

    public init() {}
}
