import Foundation

/// An evaluation as one self-contained page: the table, the course of the training, and some completions. It
/// loads nothing, runs nothing, and follows the reader's light or dark scheme.
public struct HTMLReport: Sendable {
    public var title: String
    public var evaluation: Evaluation
    /// The run's `metrics.jsonl`; empty where there is none.
    public var metrics: [StepMetrics]
    public var samples: [EvaluationSample]

    public init(
        title: String = "Evaluation", evaluation: Evaluation, metrics: [StepMetrics] = [],
        samples: [EvaluationSample] = []
    ) {
        self.title = title
        self.evaluation = evaluation
        self.metrics = metrics
        self.samples = samples
    }

    public var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(escaped(title))</title>
        <style>
        \(HTMLReport.style)
        </style>
        </head>
        <body>
        <main>
        <h1>\(escaped(title))</h1>
        \(table)
        \(training)\(completions)</main>
        </body>
        </html>

        """
    }

    private var table: String {
        let cells = evaluation.cells
        func row(_ cells: [String], _ tag: String) -> String {
            let first = "<th scope=\"\(tag == "th" ? "col" : "row")\">\(escaped(cells[0]))</th>"
            return "<tr>" + first + cells.dropFirst().map { "<\(tag)>\(escaped($0))</\(tag)>" }.joined()
                + "</tr>"
        }
        return """
            <div class="scroll"><table>
            <thead>\(row(cells[0], "th"))</thead>
            <tbody>
            \(cells.dropFirst().map { row($0, "td") }.joined(separator: "\n"))
            </tbody>
            </table></div>
            <p class="note">\(escaped(evaluation.caption)).</p>
            """
    }

    private var training: String {
        let validation = StepMetrics.Name.validationPrefix + "reward"
        let charts = [
            chart(validation, "Mean reward of generated completions, by training step", showsPoints: true),
            chart(
                StepMetrics.Name.margin,
                "Margin of the implied reward β·ln π/π_ref on the pairs, by training step"),
            chart(StepMetrics.Name.loss, "Loss, by training step"),
        ].filter { !$0.isEmpty }
        return charts.isEmpty ? "" : "<h2>Training</h2>\n" + charts.joined(separator: "\n") + "\n"
    }

    private func chart(_ name: String, _ title: String, showsPoints: Bool = false) -> String {
        let points = metrics.compactMap { line in line[name].map { (x: Double(line.step), y: $0) } }
        return LineChart(title: title, points: points, showsPoints: showsPoints).svg
    }

    private var completions: String {
        guard !samples.isEmpty else { return "" }
        let sections = samples.map { sample in
            var entries = [
                ("\(evaluation.beforeName), reward \(fixed(sample.beforeReward, 3))", sample.before),
                ("\(evaluation.afterName), reward \(fixed(sample.afterReward, 3))", sample.after),
            ]
            if let reference = sample.reference { entries.append(("reference summary", reference)) }
            let list = entries.map { "<dt>\(escaped($0))</dt><dd>\(escaped($1))</dd>" }.joined(
                separator: "\n")
            return """
                <section>
                <details><summary>Prompt</summary><p class="text">\(escaped(sample.prompt))</p></details>
                <dl>
                \(list)
                </dl>
                </section>
                """
        }
        return "<h2>Completions</h2>\n" + sections.joined(separator: "\n") + "\n"
    }

    private static let style = """
        :root { color-scheme: light dark; --text: #1c1c1e; --soft: #6b6b70; --line: #d8d8dc; --back: #ffffff;
          --accent: #2563a8; }
        @media (prefers-color-scheme: dark) {
          :root { --text: #e8e8ea; --soft: #9a9aa0; --line: #3a3a3e; --back: #18181a; --accent: #7ab4f0; }
        }
        body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem; }
        h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: right; }
        th, td { white-space: nowrap; }
        th:first-child { text-align: left; font-weight: normal; }
        .note, figcaption, dt { color: var(--soft); font-size: .875rem; }
        figure { margin: 1.5rem 0; } svg { width: 100%; height: auto; }
        svg text { fill: var(--soft); font-size: 12px; } svg .y { text-anchor: end; dominant-baseline: middle; }
        svg .x { text-anchor: middle; } svg .grid { stroke: var(--line); }
        svg polyline { fill: none; stroke: var(--accent); stroke-width: 1.5; } svg circle { fill: var(--accent); }
        section { border-top: 1px solid var(--line); padding: .75rem 0; }
        dd, .text { margin: 0 0 .75rem; white-space: pre-wrap; overflow-wrap: anywhere; }
        """
}
