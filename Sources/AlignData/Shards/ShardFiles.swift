/// The names of the files of a shard set.
enum ShardFiles {
    static let manifest = "manifest.json"
    static let plan = "plan.json"
    static let partialSuffix = ".partial"

    /// `shard-00042.sqlite`
    static func shard(_ index: Int) -> String {
        let digits = String(index)
        return "shard-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".sqlite"
    }

    static func isShard(_ name: String) -> Bool { name.hasPrefix("shard-") && name.hasSuffix(".sqlite") }

    static func isSeal(_ name: String) -> Bool {
        name.hasPrefix("shard-") && name.hasSuffix(ShardSeal.suffix)
    }

    /// Whether something is a file of a shard set that has not got its name yet.
    static func isPartial(_ name: String) -> Bool {
        PartialName.isOwn(name)
            || name.hasSuffix(partialSuffix) && isShard(String(name.dropLast(partialSuffix.count)))
    }
}
