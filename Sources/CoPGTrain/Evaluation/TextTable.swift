import Foundation

/// Columns of equal width, the first to the left and the others to the right, ruled below the first row and
/// below the last; ends with a line feed.
func textTable(_ rows: [[String]]) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    func line(_ row: [String]) -> String {
        let padded = row.enumerated().map { column, cell in
            let space = String(repeating: " ", count: widths[column] - cell.count)
            return column == 0 ? cell + space : space + cell
        }
        return padded.joined(separator: "  ")
    }
    let rule = String(repeating: "─", count: widths.reduce(2 * (widths.count - 1), +))
    return ([line(rows[0]), rule] + rows.dropFirst().map(line) + [rule]).joined(separator: "\n") + "\n"
}

/// A table as GitHub renders it, the first row its head; ends with a line feed.
func markdownTable(_ rows: [[String]]) -> String {
    func line(_ row: [String]) -> String {
        "| " + row.map { $0.replacingOccurrences(of: "|", with: "\\|") }.joined(separator: " | ") + " |\n"
    }
    let rule = "|" + rows[0].indices.map { $0 == 0 ? "---|" : "---:|" }.joined() + "\n"
    return line(rows[0]) + rule + rows.dropFirst().map(line).joined()
}

/// With so many digits after the point; a minus sign only where a digit is not 0.
func fixed(_ value: Double, _ digits: Int, signed: Bool = false) -> String {
    let text = String(format: signed ? "%+.\(digits)f" : "%.\(digits)f", value)
    let isZero = text.allSatisfy { "+-0.".contains($0) }
    return isZero ? text.replacingOccurrences(of: "-", with: signed ? "+" : "") : text
}

/// `1.500 ± 0.250`; the mean alone where it has no error.
func withError(_ mean: Double, _ error: Double?, _ digits: Int, signed: Bool = false) -> String {
    fixed(mean, digits, signed: signed) + (error.map { " ± " + fixed($0, digits) } ?? "")
}
