import Foundation

/// Checks everything that a shard set states about itself: hashes, structure, counts, conservation, ids, values, and
/// its lineage as far as the sets it was made from can be found. Reads only.
public struct VerifyStage {
    public static let name = "verify"

    private let path: String
    private let lineage: [String]

    /// - Parameters:
    ///   - path: a shard set of any kind.
    ///   - lineage: folders of the sets it was made from, in addition to the folders beside it.
    public init(_ path: String, lineage: [String] = []) {
        self.path = path
        self.lineage = lineage
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
            ("schema", VerifyStage.checkSchema), ("row counts", VerifyStage.checkRowCounts),
            ("conservation", VerifyStage.checkConservation), ("unique ids", VerifyStage.checkUniqueness),
            ("token ids", VerifyStage.checkTokens), ("numbers", VerifyStage.checkNumbers),
        ]
        for (index, check) in checks.enumerated() {
            let answer = progress(Progress(done: index, total: checks.count + 1, unit: "checks"))
            if answer == .stop { throw Interrupted() }
            report.checks.append(VerifyStage.outcome(check.name) { try check.check(set, &$0) })
        }
        let answer = progress(Progress(done: checks.count, total: checks.count + 1, unit: "checks"))
        if answer == .stop { throw Interrupted() }
        report.checks += LineageSearch(beside: path, and: lineage).checks(of: set)
        _ = progress(Progress(done: checks.count + 1, total: checks.count + 1, unit: "checks"))
        return report
    }

    /// Runs one check; an error is a problem like others, so that the next checks still run.
    static func outcome(_ name: String, _ check: (inout ProblemList) throws -> Void) -> VerificationReport.Check {
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
