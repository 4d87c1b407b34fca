import Foundation

/// Finds the sets that a set was made from, by the hash of their manifest, and checks that its rows come from them.
struct LineageSearch {
    /// Manifest hash → folder.
    private var folders: [String: String] = [:]

    /// - Parameters:
    ///   - path: a set; the folders beside it are looked at.
    ///   - others: more sets.
    init(beside path: String, and others: [String]) {
        let parent = URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent().path
        let siblings = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        for folder in siblings.sorted().map({ parent + "/" + $0 }) + others {
            if let found = ShardSet.manifest(in: folder) { folders[found.hash] = folder }
        }
    }

    /// Where the set that is meant lies, if it was found.
    func folder(of input: Manifest.Input) -> String? { folders[input.sha256] }

    /// One check for each set that `set` was made from, directly or through another.
    func checks(of set: ShardSet) -> [VerificationReport.Check] {
        set.manifest.inputs.flatMap { input -> [VerificationReport.Check] in
            let name = "lineage: \(set.kind.rawValue) from \(input.role)"
            guard let kind = ShardKind(rawValue: input.role) else {
                return [.init(name: name, outcome: .skipped, problems: ["\(input.name) is not a shard set"])]
            }
            guard let folder = folder(of: input) else {
                let problem =
                    "no folder beside the set has the manifest \(input.sha256.prefix(12))… of \(input.name)"
                return [.init(name: name, outcome: .skipped, problems: [problem])]
            }
            var parent: ShardSet?
            let check = VerifyStage.outcome(name) { found in
                let opened = try ShardSet(opening: folder, kind: kind)
                parent = opened
                try self.check(set, from: opened, &found)
            }
            return [check] + (parent.map { checks(of: $0) } ?? [])
        }
    }

    private func check(_ set: ShardSet, from parent: ShardSet, _ found: inout ProblemList) throws {
        if set.kind != .rewards && parent.kind != .rewards {
            try LineageSearch.checkIDs(of: "prompt", in: set, from: parent, &found)
        }
        switch (set.kind, parent.kind) {
        case (.pairs, .candidates):
            try LineageSearch.checkIDs(of: "completion", in: set, from: parent, &found)
        case (.rewards, .candidates):
            try LineageSearch.checkIDs(
                of: "completion", in: set, listedAs: ("reward", "completion_id"), from: parent, &found)
        case (.pairs, .rewards): try checkRewards(of: set, &found)
        default: break
        }
    }

    /// Every id that the set lists is the id of a row of the parent's table.
    /// - Parameter listing: the table and column that list the ids in the set, where it is not the same table.
    private static func checkIDs(
        of table: String, in set: ShardSet, listedAs listing: (table: String, column: String)? = nil,
        from parent: ShardSet, _ found: inout ProblemList
    ) throws {
        for part in IDPart.parts(ofRows: table, in: parent) {
            var known: Set<RecordID> = []
            for index in 0..<parent.shardCount {
                try parent.shard(at: index).forEachID(of: table) { if part.contains($0) { known.insert($0) } }
            }
            for index in 0..<set.shardCount {
                try set.shard(at: index).forEachID(
                    of: listing?.table ?? table, column: listing?.column ?? "id"
                ) { id in
                    if part.contains(id) && !known.contains(id) {
                        found.add("\(table) \(id) is not in the \(parent.kind.rawValue)")
                    }
                }
            }
        }
    }
}
