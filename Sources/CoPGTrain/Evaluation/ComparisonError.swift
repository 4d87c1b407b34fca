public import AlignData

/// Why reports cannot be compared.
public enum ComparisonError: DescribedError, Equatable {
    case noReports
    case noFolder(path: String)
    /// The folder is not of `evaluate`, or its policy not of `train`.
    case notAReport(folder: String)
    /// Of another corpus, reference, reward model or way of drawing.
    case anotherExperiment(folder: String)

    public var category: FailureCategory {
        switch self {
        case .noReports: .usage
        case .noFolder: .inputOutput
        case .notAReport, .anotherExperiment: .badData
        }
    }

    public var summary: String {
        switch self {
        case .noReports: "there are no reports to compare"
        case .noFolder: "there is no such folder"
        case .notAReport: "this folder holds no complete evaluation of a policy that was trained"
        case .anotherExperiment:
            "this evaluation is of another corpus, reference, reward model or sampling"
        }
    }

    public var location: String? {
        switch self {
        case .noReports: nil
        case .noFolder(let folder), .notAReport(let folder), .anotherExperiment(let folder): folder
        }
    }

    public var hint: String? {
        switch self {
        case .noReports: nil
        case .noFolder, .notAReport:
            "give folders that `align-data evaluate` wrote for folders of `align-data train`"
        case .anotherExperiment: "evaluate all policies with the same options"
        }
    }
}
