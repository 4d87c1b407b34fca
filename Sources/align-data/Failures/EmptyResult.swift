import AlignData

/// The stage is done, and nothing came of it that the next one could use.
struct EmptyResult: DescribedError {
    var summary: String
    var location: String?
    var hint: String?
    var category: FailureCategory { .badData }

    init(_ report: StageReport) {
        location = report.output
        let counts = report.counts
        let reasons = counts.filtered.merging(counts.rejected, uniquingKeysWith: +)
        let most = reasons.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        let look = "`align-data inspect FOLDER --rejections` says why"
        let again = "; delete the folder before you try again with other options"
        switch report.stage {
        case IngestStage.name:
            summary = "no record became a prompt, so the corpus is empty"
            hint = look + again
        case GenerateStage.name:
            summary = "no prompt got a completion, so there are no candidates"
            hint = Self.hint(generate: most, look: look) + again
        case ScoreStage.name where counts.rejectedTotal > 0:
            // Rewards keep no rejections: those are the completions without one.
            summary = "no completion fits the reward model, so there are no rewards"
            hint =
                "give a reward model with a longer context, or make shorter prompts and completions" + again
        case ScoreStage.name:
            summary = "the candidates hold no completion to score"
            hint = "look at what the stage before said" + again
        case ExportStage.name:
            summary = "there is no row to export, so nothing was written"
            hint =
                most == ExportStage.splitNotSelected
                ? "the prompts are of other splits than those that --splits names"
                : "`align-data inspect FOLDER` shows what the pairs hold"
        case ImportStage.name:
            summary = "no row could be taken, so nothing was imported"
            hint = look + again
        default:
            summary = "no pair was made"
            hint =
                (most.map {
                    "most completions were left out as \($0), which Documentation/Reasons.md explains"
                }
                    ?? "the candidates hold no completion") + again
        }
    }

    private static func hint(generate most: String?, look: String) -> String {
        switch most {
        case nil: "the corpus holds no prompt"
        case GenerateStage.splitNotSelected:
            "the prompts are of other splits than those that --splits names"
        case GenerateStage.noCompletion:
            "the prompts came without the completions that were asked for: draw some with --candidates"
        default: look
        }
    }
}
