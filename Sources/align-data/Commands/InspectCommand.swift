import AlignData
import ArgumentParser

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a shard set holds: its summary, a sample of rows, or what was rejected.",
        discussion: "Shards are opened without hashing them; `align-data verify` does that.")

    @Argument(help: ArgumentHelp("The shard set.", valueName: "folder"))
    var folder: String

    @Option(help: ArgumentHelp("Rows to draw and show in full.", valueName: "n"))
    var rows: Int = 0

    @Option(help: "Decides which rows are drawn.")
    var seed: UInt64 = 0

    @Flag(help: "List the records that were rejected or left out by rule, with reason and place.")
    var rejections = false

    @Flag(help: "Show the first characters of each rejected record, too.")
    var excerpts = false

    @Flag(help: "Print everything as JSON.")
    var json = false

    private struct Findings: Encodable {
        var summary: Inspection.Summary
        var rows: [Inspection.Sample]?
        var rejections: [Rejection]?
        var filtered: [FilteredRecord]?
    }

    func validate() throws {
        guard rows >= 0 else { throw ValidationError("--rows must not be negative.") }
    }

    func run() throws {
        let inspection = try Inspection(folder)
        let summary = try inspection.summary()
        let samples = rows > 0 ? try inspection.sample(count: rows, seed: seed) : nil
        var rejected = rejections ? try inspection.rejections() : nil
        let filtered = rejections ? try inspection.filtered() : nil
        if json {
            // A record's own text is shown only to who asks for it.
            if !excerpts { rejected = rejected?.map { Self.withoutExcerpt($0) } }
            try Output.print(
                json: Findings(summary: summary, rows: samples, rejections: rejected, filtered: filtered))
            return
        }
        var parts = [summary.text]
        parts += (samples ?? []).map { $0.text() }
        if let rejected {
            let lines = rejected.map { Inspection.text(of: $0, showingExcerpt: excerpts) }
            parts.append(lines.isEmpty ? "nothing was rejected" : lines.joined(separator: "\n"))
        }
        if let filtered, !filtered.isEmpty {
            parts.append(filtered.map { Inspection.text(of: $0) }.joined(separator: "\n"))
        }
        Terminal.standardOutput.write(parts.joined(separator: "\n\n") + "\n")
    }

    private static func withoutExcerpt(_ rejection: Rejection) -> Rejection {
        var rejection = rejection
        rejection.excerpt = ""
        return rejection
    }
}
