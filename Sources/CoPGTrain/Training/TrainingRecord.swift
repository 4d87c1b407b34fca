import AlignData
import Foundation

/// `training.json`: what a saved model was made from. Written last; holds no time and no absolute path.
struct TrainingRecord: Codable {
    /// "policy" or "reward-model".
    var kind: String
    var toolVersion = alignDataVersion
    /// The sets and files that it was trained on, by hash.
    var data: [Manifest.Input]
    /// The hash of the model that training started from.
    var startedFrom: String
    var configuration: TrainerConfiguration
    var end: TrainingReport.End
    var steps: Int
    var tokens: Int
    var best: TrainingReport.Best?
    var lastMetrics: StepMetrics?

    init(
        kind: String, data: [Manifest.Input], startedFrom: String, configuration: TrainerConfiguration,
        report: TrainingReport
    ) {
        self.kind = kind
        self.data = data
        self.startedFrom = startedFrom
        self.configuration = configuration
        end = report.end
        steps = report.steps
        tokens = report.tokenCount
        best = report.best
        lastMetrics = report.last
        alreadyComplete = report.alreadyComplete
        stepsNow = report.stepsNow
    }

    private enum CodingKeys: String, CodingKey {
        case kind, toolVersion, data, startedFrom, configuration, end, steps, tokens, best, lastMetrics
    }

    private var alreadyComplete = false
    private var stepsNow = 0

    private static func path(in folder: String) -> String { folder + "/training.json" }

    func isWritten(in folder: String) -> Bool {
        FileManager.default.fileExists(atPath: TrainingRecord.path(in: folder))
    }

    func write(to folder: String) throws { try Files.writeJSON(self, to: TrainingRecord.path(in: folder)) }

    func stageReport(_ stage: String, output: String, groups: Int) -> StageReport {
        var counts = StageCounts()
        counts.recordsIn = groups
        counts.recordsOut = groups
        var figures = [
            StageReport.Figure("steps", "\(steps)"), StageReport.Figure("tokens", "\(tokens)"),
        ]
        for name in ["reward", "kl", "accuracy"] {
            guard let value = lastMetrics?[StepMetrics.Name.validationPrefix + name] else { continue }
            figures.append(StageReport.Figure("validation \(name)", String(format: "%.4g", value)))
        }
        if let best {
            figures.append(
                StageReport.Figure("best", String(format: "%.4g at step %d", best.score, best.step)))
        }
        return StageReport(
            stage: stage, output: output, counts: counts, figures: figures, alreadyComplete: alreadyComplete)
    }
}
