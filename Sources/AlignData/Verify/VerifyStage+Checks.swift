extension VerifyStage {
    static func checkHashes(_ set: ShardSet, _ found: inout ProblemList) throws {
        for index in 0..<set.shardCount {
            do {
                try set.checkFile(index, hashing: true)
            } catch let error as ShardError {
                found.add("\(set.manifest.shards[index].file): \(error.summary)")
            }
        }
    }

    static func checkIntegrity(_ set: ShardSet, _ found: inout ProblemList) throws {
        try forEachShard(of: set) { shard, file in
            for problem in try shard.integrityProblems() { found.add("\(file): \(problem)") }
        }
    }

    static func checkSchema(_ set: ShardSet, _ found: inout ProblemList) throws {
        let expected = ShardSchema.statements(of: set.kind, version: set.manifest.formatVersion)
        try forEachShard(of: set) { shard, file in
            if try shard.schema() != expected {
                found.add("\(file): its tables are not those of \(set.kind.rawValue)")
            }
        }
    }

    /// The digests that were taken of the rows when they were inserted.
    static func checkRowGroups(_ set: ShardSet, _ found: inout ProblemList) throws {
        try forEachShard(of: set) { shard, file in
            for problem in try shard.rowGroupProblems() { found.add("\(file): \(problem)") }
        }
    }

    /// What prompts of pairs say of where their completions and pairs lie; the prompts that shards state by split.
    static func checkGroups(_ set: ShardSet, _ found: inout ProblemList) throws {
        try forEachShard(of: set) { shard, file in
            if set.kind == .pairs {
                for problem in try shard.groupProblems() { found.add("\(file): \(problem)") }
            }
            var splits: [String: Int] = [:]
            for head in try shard.promptHeads() { splits[head.split.rawValue, default: 0] += 1 }
            if splits != shard.promptCounts {
                found.add("\(file): its prompts by split are not those it states")
            }
        }
    }

    static func checkRowCounts(_ set: ShardSet, _ found: inout ProblemList) throws {
        try forEachShard(of: set) { shard, file in
            let counted = try shard.countRows()
            let stated = set.manifest.shards[shard.index].rows
            for table in Set(counted.keys).union(stated.keys).sorted() where counted[table] != stated[table] {
                found.add(
                    "\(file): \(table) has \(counted[table] ?? 0) rows, the manifest states \(stated[table] ?? 0)"
                )
            }
        }
    }

    /// In = out + filtered + rejected, for the set and each shard; the shards make up the set; what went out and
    /// what was rejected is there as rows.
    static func checkConservation(_ set: ShardSet, _ found: inout ProblemList) throws {
        let counts = set.manifest.counts
        if !counts.isConserved {
            found.add(
                "\(counts.recordsIn) records in, but \(counts.recordsOut) out, \(counts.filteredTotal) filtered and"
                    + " \(counts.rejectedTotal) rejected")
        }
        var sum = StageCounts()
        try forEachShard(of: set) { shard, file in
            sum += shard.counts
            if !shard.counts.isConserved { found.add("\(file): its own counts do not add up") }
            let rows = try shard.countRows()[outputTable(of: set.kind)] ?? 0
            if rows != shard.counts.recordsOut {
                found.add("\(file): \(shard.counts.recordsOut) records went out, but \(rows) rows are there")
            }
            // Rewards keep no rejections: those are the completions without one.
            if set.kind != .rewards {
                compare(try shard.rejections().map(\.reason), shard.counts.rejected, file, &found)
            }
            if set.kind == .corpus {
                compare(try shard.filtered().map(\.reason), shard.counts.filtered, file, &found)
            }
        }
        if sum != counts { found.add("the counts of the shards do not add up to those of the manifest") }
    }

    /// Whether as many records are kept apart for each reason as were counted.
    private static func compare(
        _ reasons: [String], _ counted: [String: Int], _ file: String, _ found: inout ProblemList
    ) {
        var kept: [String: Int] = [:]
        for reason in reasons { kept[reason, default: 0] += 1 }
        for reason in Set(kept.keys).union(counted.keys).sorted() where kept[reason] != counted[reason] {
            found.add(
                "\(file): \(counted[reason] ?? 0) records counted as \(reason), but \(kept[reason] ?? 0) kept"
            )
        }
    }

    /// The table with one row for each record that went out.
    private static func outputTable(of kind: ShardKind) -> String {
        switch kind {
        case .corpus, .candidates: "prompt"
        case .rewards: "reward"
        case .pairs: "completion"
        }
    }

    /// Across all shards: within one, some are unique by the tables' own rules.
    static func checkUniqueness(_ set: ShardSet, _ found: inout ProblemList) throws {
        if set.kind == .corpus { try checkDocuments(set, &found) }
        for table in ["prompt", "completion", "reward"]
        where ShardSchema.tableNames(of: set.kind).contains(table) {
            for part in IDPart.parts(ofRows: table, in: set) {
                var ids: [RecordID] = []
                try forEachShard(of: set) { shard, _ in
                    func keep(_ id: RecordID) { if part.contains(id) { ids.append(id) } }
                    try table == "reward"
                        ? shard.forEachRewardKey(keep) : shard.forEachID(of: table, keep)
                }
                ids.sort()
                for (id, next) in zip(ids, ids.dropFirst()) where id == next {
                    found.add(
                        table == "reward"
                            ? "a completion has more than one reward of one scorer"
                            : "\(table) \(id) is there more than once")
                }
            }
        }
    }

    /// A document stands once in every shard that has prompts of it, with the same text.
    private static func checkDocuments(_ set: ShardSet, _ found: inout ProblemList) throws {
        for part in IDPart.parts(ofRows: "document", in: set) {
            var texts: [RecordID: RecordID] = [:]
            try forEachShard(of: set) { shard, file in
                var here: Set<RecordID> = []
                try shard.forEachDocumentText { id, text in
                    guard part.contains(id) else { return }
                    if !here.insert(id).inserted {
                        found.add("\(file): document \(id) is there more than once")
                    } else if texts.updateValue(text, forKey: id) ?? text != text {
                        found.add("\(file): document \(id) has another text than in a shard before")
                    }
                }
            }
        }
    }

    static func checkTokens(_ set: ShardSet, _ found: inout ProblemList) throws {
        let vocabulary = set.manifest.facts["vocabulary"].flatMap { TokenID($0) } ?? TokenID.max
        try forEachShard(of: set) { shard, file in
            try shard.forEachTokens { table, tokens in
                for token in tokens where token < 0 || token >= vocabulary {
                    found.add("\(file): a \(table) holds token \(token), outside the vocabulary")
                }
                if tokens.isEmpty && table != "reference" { found.add("\(file): a \(table) has no tokens") }
            }
        }
    }

    static func checkNumbers(_ set: ShardSet, _ found: inout ProblemList) throws {
        try forEachShard(of: set) { shard, file in
            for completion in try shard.completions() {
                let values = [
                    completion.logProbability, completion.sampledLogProbability,
                    completion.referenceLogProbability,
                ]
                // A certain token rounds to ln 1 ± one unit in the last place of a float.
                let slack = 1e-6 * Double(max(1, completion.tokens.count))
                if !values.allSatisfy({ $0.isFinite && $0 <= slack }) {
                    found.add("\(file): completion \(completion.id) has a log-probability that is none")
                }
            }
            let rewards =
                set.kind == .pairs
                ? try shard.rewardedCompletions().flatMap { [($0.id, $0.reward), ($0.id, $0.rawReward)] }
                : try shard.rewards().map { ($0.completionID, $0.value) }
            for (id, reward) in rewards where !reward.isFinite {
                found.add("\(file): the reward of completion \(id) is not finite")
            }
        }
    }

    private static func forEachShard(
        of set: ShardSet, _ body: (_ shard: ShardReader, _ file: String) throws -> Void
    ) throws {
        for index in 0..<set.shardCount {
            try body(try set.shard(at: index), set.manifest.shards[index].file)
        }
    }
}
