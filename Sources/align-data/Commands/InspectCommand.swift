import AlignData
import ArgumentParser
import CoPGTrain
import Foundation

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a shard set holds: its summary, a sample of rows, or what was rejected.",
        discussion: """
            Shards are opened without hashing them; `align-data verify` does that. Of the folder of a trained model it \
            shows what was trained on what, and the preferences that were rejected.
            """)

    @Argument(help: ArgumentHelp("The shard set, or the folder of a trained model.", valueName: "folder"))
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
        try OptionRange.check("--rows", rows, atLeast: 0)
    }

    func run() throws {
        if try inspectTraining() { return }
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
        parts += lists(rejected, filtered)
        Terminal.standardOutput.write(parts.joined(separator: "\n\n") + "\n")
    }

    /// What was rejected and what rules left out, as blocks of lines.
    private func lists(_ rejected: [Rejection]?, _ filtered: [FilteredRecord]?) -> [String] {
        var parts: [String] = []
        if let rejected {
            let lines = rejected.map { Inspection.text(of: $0, showingExcerpt: excerpts) }
            parts.append(lines.isEmpty ? "nothing was rejected" : lines.joined(separator: "\n"))
        }
        if let filtered, !filtered.isEmpty {
            parts.append(filtered.map { Inspection.text(of: $0) }.joined(separator: "\n"))
        }
        return parts
    }

    /// - Returns: whether the folder is that of a finished training and has been shown.
    private func inspectTraining() throws -> Bool {
        let files = FileManager.default
        guard !files.fileExists(atPath: folder + "/manifest.json"),
            var training = try TrainingInspection(folder)
        else { return false }
        guard rows == 0 else {
            throw NotOfAModel.rows(folder: folder)
        }
        guard !excerpts else { throw NotOfAModel.excerpts(folder: folder) }
        if json {
            if !rejections { (training.rejections, training.filtered) = ([], []) }
            try Output.print(json: training)
            return true
        }
        let parts = [training.text] + (rejections ? lists(training.rejections, training.filtered) : [])
        Terminal.standardOutput.write(parts.joined(separator: "\n\n") + "\n")
        return true
    }

    private static func withoutExcerpt(_ rejection: Rejection) -> Rejection {
        var rejection = rejection
        rejection.excerpt = ""
        return rejection
    }
}

/// What was asked of the folder of a trained model, which only a shard set has.
enum NotOfAModel: DescribedError {
    case rows(folder: String)
    case excerpts(folder: String)

    var category: FailureCategory { .usage }
    var summary: String {
        switch self {
        case .rows: "a trained model has no rows"
        case .excerpts: "a trained model keeps no texts of its data"
        }
    }
    var location: String? {
        switch self {
        case .rows(let folder), .excerpts(let folder): folder
        }
    }
    var hint: String? {
        switch self {
        case .rows: "leave out --rows"
        case .excerpts: "leave out --excerpts"
        }
    }
}
