public import AlignData

/// The groups of one split of a sealed pair set, in the order of its `PairStream`, read ahead while the last ones are
/// trained on.
public final class PairSource: GroupSource {
    public let identity: String
    private let stream: PairPrefetch

    /// - Parameter policyID: the hash of the model that is to be trained on them: a run resumes only from the same.
    /// - Throws: `StreamError.empty` when the split has no groups; `ShardError`.
    public init(_ pairs: ShardSet, seed: UInt64, split: Split = .train, policyID: String? = nil) throws {
        stream = PairPrefetch(try PairStream(pairs, seed: seed, split: split))
        identity =
            "pairs(manifest=\(pairs.manifestHash),split=\(split.rawValue),seed=\(seed))"
            + (policyID.map { ";policy=\($0)" } ?? "")
    }

    public var groupCount: Int { stream.groupCount }

    public func batch(at position: StreamPosition, count: Int) throws -> GroupBatch {
        let batch = try stream.batch(at: position, size: .groups(count))
        return GroupBatch(groups: batch.groups, next: batch.next)
    }
}
