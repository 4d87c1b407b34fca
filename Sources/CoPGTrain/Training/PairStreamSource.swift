public import AlignData

/// The groups of a sealed pair set, as the trainer asks for them.
public final class PairStreamSource: GroupSource {
    public let identity: String
    private let stream: PairStream

    /// - Parameter policyID: the hash of the model under training; with the manifest's hash and the seed it makes the
    ///   identity that a resumed run is held to.
    public init(_ shardSet: ShardSet, seed: UInt64, split: Split = .train, policyID: String) throws {
        stream = try PairStream(shardSet, seed: seed, split: split)
        identity = "pairs=\(shardSet.manifestHash);split=\(split.rawValue);seed=\(seed);policy=\(policyID)"
    }

    public var groupCount: Int { stream.count }

    public func batch(at position: StreamPosition, count: Int) throws -> GroupBatch {
        let (groups, next) = try stream.batch(at: position, count: count)
        return GroupBatch(groups: groups, next: next)
    }
}
