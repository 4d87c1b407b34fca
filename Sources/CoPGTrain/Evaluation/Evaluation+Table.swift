import Foundation

extension Evaluation {
    /// The header and the rows as texts: metric, before, after, difference, difference in standard errors.
    var cells: [[String]] {
        let header = ["", beforeName, afterName, "difference", "in s.e."]
        return [header]
            + rows.map { row in
                let digits = row.metric.digits
                func text(_ estimate: Estimate, signed: Bool = false) -> String {
                    fixed(estimate.mean, digits, signed: signed) + " ± " + fixed(estimate.standardError, digits)
                }
                return [
                    row.metric.title, text(row.before), text(row.after), text(row.difference, signed: true),
                    row.standardErrors.map { fixed($0, 1, signed: true) } ?? "–",
                ]
            }
    }

    /// What the figures are of, in one sentence.
    public var caption: String {
        "\(prompts) prompts, \(completionsBefore) and \(completionsAfter) completions; mean ± standard error over "
            + "prompts, difference prompt by prompt"
    }

    /// Columns of equal width and the caption below; ends with a line feed.
    public var plainText: String {
        let cells = cells
        let widths = cells[0].indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        func line(_ row: [String]) -> String {
            let padded = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }
            return padded.joined(separator: "  ")
        }
        let rule = String(repeating: "─", count: widths.reduce(2 * (widths.count - 1), +))
        return ([line(cells[0]), rule] + cells.dropFirst().map(line) + [rule, caption]).joined(separator: "\n") + "\n"
    }

    /// A table as GitHub renders it, and the caption; ends with a line feed.
    public var markdown: String {
        func line(_ row: [String]) -> String {
            "| " + row.map { $0.replacingOccurrences(of: "|", with: "\\|") }.joined(separator: " | ") + " |"
        }
        let rule = "|" + cells[0].indices.map { $0 == 0 ? "---|" : "---:|" }.joined()
        return ([line(cells[0]), rule] + cells.dropFirst().map(line) + ["", caption + "."]).joined(separator: "\n")
            + "\n"
    }

    /// Sorted keys, indented; ends with a line feed.
    public func json() throws -> String {
        String(decoding: try Files.json(self, pretty: true), as: UTF8.self) + "\n"
    }
}

/// With so many digits after the point; a minus sign only where a digit is not 0.
func fixed(_ value: Double, _ digits: Int, signed: Bool = false) -> String {
    let text = String(format: signed ? "%+.\(digits)f" : "%.\(digits)f", value)
    let isZero = text.allSatisfy { "+-0.".contains($0) }
    return isZero ? text.replacingOccurrences(of: "-", with: signed ? "+" : "") : text
}
