import Foundation
import Report

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
        let note = "<p class=\"note\">\(HTMLPage.escaped(evaluation.caption)).</p>\n"
        return HTMLPage(
            title: title, body: evaluation.table.html + "\n" + note + training + completions
        ).html
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
        let points = metrics.compactMap { line in line[name].map { Chart.Point(x: Double(line.step), y: $0) }
        }
        return Chart(title: title, series: [Chart.Series(name: "step", points: points, hasDots: showsPoints)])
            .figure
    }

    private var completions: String {
        guard !samples.isEmpty else { return "" }
        let sections = samples.map { sample in
            var entries = [
                ("\(evaluation.beforeName), reward \(sample.beforeReward.fixed(3))", sample.before),
                ("\(evaluation.afterName), reward \(sample.afterReward.fixed(3))", sample.after),
            ]
            if let reference = sample.reference { entries.append(("reference summary", reference)) }
            let list = entries.map { "<dt>\(HTMLPage.escaped($0))</dt><dd>\(HTMLPage.escaped($1))</dd>" }
                .joined(
                    separator: "\n")
            return """
                <section>
                <details><summary>Prompt</summary><p class="text">\(HTMLPage.escaped(sample.prompt))</p></details>
                <dl>
                \(list)
                </dl>
                </section>
                """
        }
        return "<h2>Completions</h2>\n" + sections.joined(separator: "\n") + "\n"
    }
}
