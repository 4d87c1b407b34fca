import Foundation

/// Checks everything that a shard set states about itself: hashes, structure, counts, conservation, ids, values, and
/// its lineage as far as the sets it was made from can be found. Reads only.
public struct VerifyStage {
    public static let name = "verify"

    private let path: String
    private let lineage: [String]
    private let deep: DeepVerification?

    /// - Parameters:
    ///   - path: a shard set of any kind.
    ///   - lineage: folders of the sets it was made from, in addition to the folders beside it.
    ///   - deep: recomputes a sample with a model, where given.
    public init(_ path: String, lineage: [String] = [], deep: DeepVerification? = nil) {
        self.path = path
        self.lineage = lineage
        self.deep = deep
    }

    /// - Throws: `ShardError` when there is no finished set to verify; `Interrupted`. What is wrong with a finished
    ///   set is in the report.
    public func run(progress: ProgressHandler) throws -> VerificationReport {
        var report = VerificationReport(path: path, kind: nil, checks: [])
        let set: ShardSet
        do {
            set = try ShardSet(uncheckedAt: path)
            report.checks.append(.init(name: "manifest", outcome: .passed))
        } catch let error as ShardError where error.isDamage {
            report.checks.append(.init(name: "manifest", outcome: .failed, problems: [error.summary]))
            return report
        }
        report.kind = set.kind
        let checks: [(name: String, check: (ShardSet, inout ProblemList) throws -> Void)] = [
            ("hashes", VerifyStage.checkHashes), ("integrity", VerifyStage.checkIntegrity),
            ("schema", VerifyStage.checkSchema), ("row digests", VerifyStage.checkRowGroups),
            ("row counts", VerifyStage.checkRowCounts), ("groups", VerifyStage.checkGroups),
            ("conservation", VerifyStage.checkConservation), ("unique ids", VerifyStage.checkUniqueness),
            ("token ids", VerifyStage.checkTokens), ("numbers", VerifyStage.checkNumbers),
        ]
        let total = checks.count + (deep == nil ? 1 : 2)
        func tell(_ done: Int) throws {
            if progress(Progress(done: done, total: total, unit: "checks")) == .stop { throw Interrupted() }
        }
        for (index, check) in checks.enumerated() {
            try tell(index)
            report.checks.append(VerifyStage.outcome(check.name) { try check.check(set, &$0) })
        }
        try tell(checks.count)
        report.checks += LineageSearch(beside: path, and: lineage).checks(of: set)
        if let deep {
            try tell(total - 1)
            report.checks.append(deep.check(set))
            report.notes += deep.notes(on: set)
        }
        _ = progress(Progress(done: total, total: total, unit: "checks"))
        return report
    }

    /// Runs one check; an error is a problem like others, so that the next checks still run.
    static func outcome(_ name: String, _ check: (inout ProblemList) throws -> Void)
        -> VerificationReport.Check
    {
        var found = ProblemList()
        do {
            try check(&found)
        } catch let error as any DescribedError {
            let file = error.location.map { " (\(URL(fileURLWithPath: $0).lastPathComponent))" } ?? ""
            found.add(error.summary + file)
        } catch {
            found.add("the check could not be carried out")
        }
        return .init(
            name: name, outcome: found.problems.isEmpty ? .passed : .failed, problems: found.problems,
            more: found.more)
    }
}
