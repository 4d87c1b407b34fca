import AlignData
import Foundation

extension StepMetrics {
    /// The lines of a run's `metrics.jsonl`, in order. A last line that is still being written is left out.
    /// - Throws: `FileError` when there is no such file, `TrainingError.damaged` naming the line
    ///   that is not metrics.
    public static func read(from path: String) throws -> [StepMetrics] {
        let data = try Files.read(path)
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return try lines.dropLast().enumerated().map { number, line in
            guard let metrics = try? JSONText.decode(StepMetrics.self, from: Data(line)) else {
                throw TrainingError.damaged(
                    file: path, what: "line \(number + 1) of the metrics is not JSON metrics")
            }
            return metrics
        }
    }
}
