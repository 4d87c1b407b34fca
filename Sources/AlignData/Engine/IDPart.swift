/// A part of all ids. What must hold all ids in memory to compare them goes through the shards once for each part, so
/// that its memory is bounded however many there are.
struct IDPart {
    private let index: UInt64
    private let count: UInt64

    /// Ids are hashes: parts are of equal size, but for chance.
    func contains(_ id: RecordID) -> Bool { id.low % count == index }

    /// The parts that the ids of a table's rows are looked at in.
    static func parts(ofRows table: String, in set: ShardSet) -> [IDPart] {
        let rows = set.manifest.shards.reduce(0) { $0 + ($1.rows[table] ?? 0) }
        let count = UInt64(rows / idsAtOnce + 1)
        return (0..<count).map { IDPart(index: $0, count: count) }
    }

    /// 32 MB of ids.
    private static let idsAtOnce = 2_000_000
}
