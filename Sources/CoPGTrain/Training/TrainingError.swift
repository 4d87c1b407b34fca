public import AlignData
import Foundation
import Report

/// Why a training run stopped or could not start.
public enum TrainingError: DescribedError, Equatable {
    /// Options that contradict each other or are out of range.
    case configuration(String)
    /// The source has no groups.
    case noGroups
    /// The loss, an output of the model, or the gradient is NaN or infinite; `checkpoint` is the last one
    /// kept.
    case notFinite(what: String, step: Int, checkpoint: Int?)
    /// A policy whose log-probabilities are not the stored reference ones, nats a token.
    case notTheReference(difference: Double, tolerance: Double)
    /// The folder holds other work: `difference` says what differs, `isComplete` that it is finished.
    case anotherRun(folder: String, difference: String, isComplete: Bool = false)
    /// The output folder is not empty, and what it holds is not of this stage.
    case foreignFiles(folder: String)
    /// The folder's files contradict each other.
    case damaged(file: String, what: String)

    public var category: FailureCategory {
        switch self {
        case .configuration, .anotherRun, .foreignFiles: .usage
        case .noGroups, .notTheReference, .damaged: .badData
        case .notFinite: .failed
        }
    }

    public var summary: String {
        switch self {
        case .configuration(let what): what
        case .noGroups: "there are no groups to train on"
        case .notFinite(let what, let step, let checkpoint):
            "the \(what) is not finite at step \(step); "
                + (checkpoint.map { "the checkpoint of step \($0) is kept" } ?? "there is no checkpoint yet")
        case .notTheReference(let difference, let tolerance):
            "this policy is not the reference the candidates were scored under: its log-probabilities differ "
                + "by \(difference.significant(3)) nats a token, more than \(tolerance.significant(3))"
        case .anotherRun(_, let difference, _): "the output folder holds other work: \(difference)"
        case .foreignFiles: "the output folder is not empty and holds no work of this stage"
        case .damaged(_, let what): what
        }
    }

    public var location: String? {
        switch self {
        case .anotherRun(let folder, _, _), .foreignFiles(let folder): folder
        case .damaged(let file, _): file
        case .configuration, .noGroups, .notFinite, .notTheReference: nil
        }
    }

    public var hint: String? {
        switch self {
        case .configuration: nil
        case .noGroups: "pairs are left for no prompt; look at the counts of the pairs stage"
        case .notFinite:
            "lower the learning rate or clip the gradient to a smaller norm; where the objective has a beta, raise it"
        case .notTheReference:
            "train from the model the candidates were made with, with the same tokenizer, template and dtype, "
                + "or make the reference log-probabilities anew"
        case .anotherRun(_, _, let isComplete):
            isComplete
                ? "choose another --output: the work in this one is finished"
                : "choose another --output, or delete the unfinished work in this one"
        case .foreignFiles: "choose another --output: an empty folder, or one that is not there yet"
        case .damaged: "delete the folder, and run the same command to begin anew"
        }
    }
}
