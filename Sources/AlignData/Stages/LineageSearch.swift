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
            let known = try LineageSearch.ids(of: "prompt", in: parent)
            for id in try LineageSearch.ids(of: "prompt", in: set) where !known.contains(id) {
                found.add("prompt \(id) is not in the \(parent.kind.rawValue)")
            }
        }
        switch (set.kind, parent.kind) {
        case (.pairs, .candidates):
            let known = try LineageSearch.ids(of: "completion", in: parent)
            for id in try LineageSearch.ids(of: "completion", in: set) where !known.contains(id) {
                found.add("completion \(id) is not in the candidates")
            }
        case (.rewards, .candidates):
            let known = try LineageSearch.ids(of: "completion", in: parent)
            for index in 0..<set.shardCount {
                for reward in try set.shard(at: index).rewards() where !known.contains(reward.completionID) {
                    found.add("completion \(reward.completionID) is not in the candidates")
                }
            }
        case (.pairs, .rewards): try checkRewards(of: set, &found)
        default: break
        }
    }

    private static func ids(of table: String, in set: ShardSet) throws -> Set<RecordID> {
        var ids: Set<RecordID> = []
        for index in 0..<set.shardCount { ids.formUnion(try set.shard(at: index).ids(of: table)) }
        return ids
    }
}
