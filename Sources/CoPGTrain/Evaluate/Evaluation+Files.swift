import AlignData
import Foundation

extension Evaluation {
    /// Writes `evaluation.json`, `evaluation.md` and `report.html` into `folder`, which is made where it is
    /// not.
    /// - Parameters:
    ///   - title: of the page.
    ///   - metrics: of the training run, where there was one.
    /// - Throws: `FileError`.
    public func write(
        to folder: String, title: String = "Evaluation", metrics: [StepMetrics] = [],
        samples: [EvaluationSample] = []
    ) throws {
        try Files.makeFolder(folder)
        let report = HTMLReport(title: title, evaluation: self, metrics: metrics, samples: samples)
        try Files.replace(folder + "/evaluation.md", with: Data(markdown.utf8))
        try Files.replace(folder + "/report.html", with: Data(report.html.utf8))
        // Last: with it the comparison is complete.
        try Files.replace(folder + "/evaluation.json", with: Data(json().utf8))
    }
}
