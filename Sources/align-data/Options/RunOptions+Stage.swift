import AlignData
import Report

extension RunOptions {
    /// Runs a stage and reports what it did; with `--dry-run` prints `configuration` instead.
    func runStage(
        _ stage: String, _ configuration: some Encodable,
        _ body: (@escaping ProgressHandler) throws -> StageReport
    ) throws {
        guard let report = try report(stage, configuration, body) else { return }
        if json { try Output.print(json: report) }
        if report.incompleteSources > 0 { throw UnsatisfactoryWork(report) }
        if report.isEmpty { throw EmptyResult(report) }
        if report.tooManyRejections { throw UnsatisfactoryWork(report) }
    }

    /// The same, but leaves standard output to the caller. Returns nil after `--dry-run`.
    func report(
        _ stage: String, _ configuration: some Encodable,
        _ body: (@escaping ProgressHandler) throws -> StageReport
    ) throws -> StageReport? {
        guard let (report, elapsed) = try perform(stage, configuration, body) else { return nil }
        if !quiet {
            Terminal.note(report.notes, at: report.output)
            Terminal.standardError.write(Self.line(report, after: elapsed) + "\n")
        }
        return report
    }

    /// `ingest: 96 in, 90 out, 4 joined, 2 rejected (not-json 2); prompts 90; 0.4 s; work/corpus`
    private static func line(_ report: StageReport, after elapsed: Duration) -> String {
        let counts = report.counts
        var parts: [String] = []
        if counts.recordsIn > 0 || counts.recordsOut > 0 {
            var count = "\(counts.recordsIn) in, \(counts.recordsOut) out"
            // What was joined is in what came out.
            var filtered = counts.filtered
            let joined = filtered.removeValue(forKey: StageCounts.joined) ?? 0
            if joined > 0 { count += ", \(joined) joined" }
            if !filtered.isEmpty {
                count += ", \(counts.filteredTotal - joined) filtered\(reasons(filtered))"
            }
            if counts.rejectedTotal > 0 {
                count += ", \(counts.rejectedTotal) rejected\(reasons(counts.rejected))"
            }
            parts.append(count)
        }
        parts += report.figures.map { "\($0.name) \($0.value)" } + report.remarks
        parts.append(report.alreadyComplete ? "already complete" : elapsed.seconds.duration)
        parts.append(report.output)
        return "\(report.stage): " + parts.joined(separator: "; ")
    }

    private static func reasons(_ counts: [String: Int]) -> String {
        let list = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return " (" + list.joined(separator: ", ") + ")"
    }
}
