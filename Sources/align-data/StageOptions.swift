import AlignData
import ArgumentParser
import Foundation

/// What every stage's command understands.
struct StageOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write.", valueName: "folder"))
    var output: String

    @Flag(help: "Print the final report as JSON on standard output.")
    var json = false

    @Flag(help: "Print the resolved configuration as JSON and do nothing.")
    var dryRun = false

    @Flag(name: .shortAndLong, help: "Show no progress and no final report.")
    var quiet = false

    /// Runs a stage and reports what it did; with `--dry-run` prints `configuration` instead.
    func run(
        _ stage: String, _ configuration: some Encodable, _ body: (ProgressHandler) throws -> StageReport
    ) throws {
        if dryRun {
            try Output.print(json: configuration)
            return
        }
        Interruption.install()
        let bar = ProgressBar(stage: stage, isQuiet: quiet)
        defer { bar.clear() }
        let report = try body(bar.show)
        bar.clear()
        if !quiet { Terminal.standardError.write(Self.line(report, after: bar.elapsed) + "\n") }
        if json { try Output.print(json: report) }
    }

    /// `ingest: 96 in, 94 out, 2 rejected (not-json 2); prompts 94; 0.4 s; work/corpus`
    private static func line(_ report: StageReport, after elapsed: Duration) -> String {
        let counts = report.counts
        var parts: [String] = []
        if counts.recordsIn > 0 || counts.recordsOut > 0 {
            var count = "\(counts.recordsIn) in, \(counts.recordsOut) out"
            if counts.filteredTotal > 0 {
                count += ", \(counts.filteredTotal) filtered\(reasons(counts.filtered))"
            }
            if counts.rejectedTotal > 0 {
                count += ", \(counts.rejectedTotal) rejected\(reasons(counts.rejected))"
            }
            parts.append(count)
        }
        if !counts.noted.isEmpty { parts.append("noted\(reasons(counts.noted))") }
        parts += report.figures.map { "\($0.name) \($0.value)" }
        parts.append(report.alreadyComplete ? "already complete" : elapsed.seconds.formattedDuration)
        parts.append(report.output)
        return "\(report.stage): " + parts.joined(separator: "; ")
    }

    private static func reasons(_ counts: [String: Int]) -> String {
        let list = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return " (" + list.joined(separator: ", ") + ")"
    }
}

/// Data for standard output.
enum Output {
    /// Prints `value` as JSON with sorted keys.
    static func print(json value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(value), as: UTF8.self)
        Terminal.standardOutput.write(text + "\n")
    }
}
