import AlignData
import CoPGTrain

/// The stage is done, but lost more than it was allowed to.
struct UnsatisfactoryWork: DescribedError {
    var summary: String
    var location: String?
    var category: FailureCategory { .tooManyRejections }
    var hint: String?

    init(_ report: StageReport) {
        location = report.output
        let look = "`align-data inspect FOLDER --rejections`"
        let incomplete = report.incompleteSources
        let rejected =
            "\(report.counts.rejectedTotal) of \(report.counts.recordsIn) records were rejected, "
            + "more than allowed"
        guard incomplete > 0 else {
            summary = "done, but " + rejected
            let hasLimit = [IngestStage.name, ImportStage.name, TrainRewardStage.name].contains(report.stage)
            hint = "look at them with " + look + (hasLimit ? ", or raise --allowed-rejections" : "")
            return
        }
        summary =
            "done, but \(IncompleteSources.sentence(incomplete))"
            + (report.tooManyRejections ? ", and " + rejected : "")
        hint =
            look + " shows where; get the files again, or accept what could be read with "
            + IncompleteSources.flag
    }
}

/// Sources that were not read to their end, where that keeps a stage from beginning.
struct IncompleteSources: DescribedError {
    static let flag = "--allow-incomplete-sources"
    static let help = "Accept sources that cannot be read to their end (damaged or cut short)."

    var count: Int
    var location: String?
    var category: FailureCategory { .tooManyRejections }
    var summary: String { "nothing was trained: " + Self.sentence(count) }
    var hint: String? { "get the files again, or accept what can be read with " + Self.flag }

    static func sentence(_ count: Int) -> String {
        count == 1 ? "1 source was not read to its end" : "\(count) sources were not read to their end"
    }
}
