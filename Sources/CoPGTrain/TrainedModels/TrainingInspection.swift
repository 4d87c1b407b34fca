public import AlignData
import Foundation
import Report

/// A look into a folder that `TrainStage` or `TrainRewardStage` wrote: what was trained on what, and which records were
/// not taken.
public struct TrainingInspection: Sendable, Codable {
    public var kind: String
    public var toolVersion: String
    /// The sets and files that it was trained on, by hash.
    public var inputs: [Manifest.Input]
    public var startedFrom: String
    public var configuration: TrainingConfiguration
    public var facts: [String: String]
    /// How the data were read; nil where that is in the manifest of the set.
    public var counts: StageCounts?
    public var steps: Int
    public var tokens: Int
    public var end: TrainingReport.End
    public var validation: [String: Double]
    public var rejections: [Rejection]
    public var filtered: [FilteredRecord]

    /// - Returns: nil when the folder holds no finished training.
    /// - Throws: `TrainingError.damaged`, `FileError`.
    public init?(_ folder: String) throws {
        guard let record = try TrainingRecord.kept(in: folder) else { return nil }
        kind = record.kind
        toolVersion = record.toolVersion
        inputs = record.data
        startedFrom = record.startedFrom
        configuration = record.configuration
        facts = record.facts
        counts = record.counts
        (steps, tokens, end) = (record.steps, record.tokens, record.end)
        let prefix = StepMetrics.Name.validationPrefix
        validation = (record.lastMetrics?.values ?? [:]).filter { $0.key.hasPrefix(prefix) }
        let file = try RejectionFile(
            in: folder, sha256: record.files.first { $0.name == RejectionFile.name }?.sha256)
        rejections = file.rejections
        filtered = file.filtered
    }

    /// Plain text for a person, one fact a line.
    public var text: String {
        var lines = [
            "\(kind), trained with \(configuration.objective.name) (align-data \(toolVersion), "
                + "seed \(configuration.trainer.seed))"
        ]
        func list(_ title: String, _ entries: [(String, String)]) {
            for (index, entry) in entries.enumerated() {
                lines.append(
                    "  " + padded(index == 0 ? title : "", 12) + padded(entry.0, 26) + entry.1)
            }
        }
        if let counts {
            lines.append("  records     \(counts.recordsIn) in, \(counts.recordsOut) out")
            for (title, reasons) in [
                ("filtered", counts.filtered), ("rejected", counts.rejected), ("noted", counts.noted),
            ] {
                list(title, reasons.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") })
            }
        }
        list(
            "training",
            [("steps", "\(steps)"), ("tokens", "\(tokens)"), ("ended", end.rawValue)]
                + validation.sorted { $0.key < $1.key }.map { ($0.key, $0.value.significant(4)) })
        list("facts", facts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        list("made from", inputs.map { ($0.role, "\($0.name) \($0.sha256.prefix(12))…") })
        lines.append("  started     from \(startedFrom.prefix(12))…")
        return lines.joined(separator: "\n")
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text.count >= width ? text + " " : text + String(repeating: " ", count: width - text.count)
    }
}
