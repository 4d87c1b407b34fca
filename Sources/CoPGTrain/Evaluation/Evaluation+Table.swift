import AlignData
import Foundation
import Report

extension Evaluation {
    /// A row a metric: before, after, difference, difference in standard errors.
    var table: Table {
        Table(
            head: ["", beforeName, afterName, "difference", "in s.e."],
            rows: rows.map { row in
                let digits = row.metric.digits
                func text(_ estimate: Estimate, signed: Bool = false) -> String {
                    estimate.mean.withError(estimate.standardError, digits: digits, signed: signed)
                }
                return [
                    row.metric.title, text(row.before), text(row.after), text(row.difference, signed: true),
                    row.standardErrors.map { $0.fixed(1, signed: true) } ?? "–",
                ]
            })
    }

    /// What the figures are of, in one sentence.
    public var caption: String {
        let figures =
            prompts > 1
            ? "\(prompts) prompts" : "one prompt, of which there is no standard error"
        return "\(figures), \(completionsBefore) and \(completionsAfter) completions; "
            + (prompts > 1 ? "mean ± standard error over prompts" : "mean") + ", difference prompt by prompt"
    }

    /// Columns of equal width and the caption below; ends with a line feed.
    public var plainText: String { table.plainText + caption + "\n" }

    /// A table as GitHub renders it, and the caption; ends with a line feed.
    public var markdown: String { table.markdown + "\n" + caption + ".\n" }

    /// Sorted keys, indented; ends with a line feed.
    public func json() throws -> String {
        String(decoding: try JSONText.pretty(self), as: UTF8.self)
    }
}
