import AlignData
import Foundation

/// What a saved policy's folder says of the run that trained it.
public struct TrainedRun: Hashable, Sendable, Codable {
    public var configuration: TrainingConfiguration
    public var steps: Int
    public var end: TrainingReport.End
    /// The lines of `training/metrics.jsonl`.
    public var metrics: [StepMetrics]

    /// Reads a folder that `TrainStage` wrote.
    /// - Returns: nil when the folder is not one, or training is not complete.
    /// - Throws: `TrainingError.damaged`, `FileError`.
    public init?(policy folder: String) throws {
        let metrics = folder + "/training/metrics.jsonl"
        guard let record = try TrainingRecord.kept(in: folder),
            FileManager.default.fileExists(atPath: metrics)
        else { return nil }
        configuration = record.configuration
        steps = record.steps
        end = record.end
        self.metrics = try StepMetrics.read(from: metrics)
    }
}
