import Foundation

/// Rows of texts under a head, all of the same length. The first column names the rows.
package struct Table {
    package var head: [String]
    package var rows: [[String]]
    /// The columns after the first hold numbers, which stand to the right.
    package var hasNumbers: Bool

    package init(head: [String], rows: [[String]], hasNumbers: Bool = true) {
        self.head = head
        self.rows = rows
        self.hasNumbers = hasNumbers
    }

    /// Columns of equal width, ruled below the head and below the last row; ends with a line feed.
    package var plainText: String {
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        func line(_ row: [String]) -> String {
            let padded = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column > 0 && hasNumbers ? space + cell : cell + space
            }
            return padded.joined(separator: "  ")
        }
        let rule = String(repeating: "─", count: widths.reduce(2 * (widths.count - 1), +))
        return ([line(head), rule] + rows.map(line) + [rule]).joined(separator: "\n") + "\n"
    }

    /// As GitHub renders it; ends with a line feed.
    package var markdown: String {
        func line(_ row: [String]) -> String {
            "| " + row.map { $0.replacingOccurrences(of: "|", with: "\\|") }.joined(separator: " | ") + " |\n"
        }
        let rule = "|" + head.indices.map { $0 > 0 && hasNumbers ? "---:|" : "---|" }.joined() + "\n"
        return line(head) + rule + rows.map(line).joined()
    }

    /// An HTML table that scrolls where it is wider than the page.
    package var html: String {
        func row(_ cells: [String], _ tag: String) -> String {
            let first =
                "<th scope=\"\(tag == "th" ? "col" : "row")\">\(HTMLPage.escaped(cells[0]))</th>"
            return "<tr>" + first
                + cells.dropFirst().map { "<\(tag)>\(HTMLPage.escaped($0))</\(tag)>" }.joined() + "</tr>"
        }
        return """
            <div class="scroll"><table>
            <thead>\(row(head, "th"))</thead>
            <tbody>
            \(rows.map { row($0, "td") }.joined(separator: "\n"))
            </tbody>
            </table></div>
            """
    }
}
