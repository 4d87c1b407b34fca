import Foundation
import Report

extension Comparison {
    /// The reference, and a row for each objective and β.
    var table: Table {
        let head = ["", "β", "seeds"] + EvaluationMetric.allCases.map(\.shortTitle)
        func texts(_ means: [EvaluationMetric: Row.Figure]) -> [String] {
            EvaluationMetric.allCases.map { metric in
                guard let figure = means[metric] else { return "–" }
                var text = figure.mean.withError(figure.standardError, digits: metric.digits)
                if let seeds = figure.seedError { text += " (\(seeds.fixed(metric.digits)))" }
                return text
            }
        }
        return Table(
            head: head,
            rows: [["reference", "", ""] + texts(reference)]
                + rows.map { [$0.objective, $0.beta?.significant(6) ?? "–", "\($0.runs)"] + texts($0.means) })
    }

    /// What the figures are, in one sentence.
    public var caption: String {
        "mean ± standard error over prompts (and over seeds); KL in nats a completion, length in tokens; "
            + "best β by reward: "
            + best.map(\.name).joined(separator: ", ")
    }

    /// Columns of equal width and the caption below; ends with a line feed.
    public var plainText: String { table.plainText + caption + "\n" }

    /// A table as GitHub renders it, and the caption; ends with a line feed.
    public var markdown: String { table.markdown + "\n" + caption + ".\n" }

    // MARK: Pictures

    /// By the name of their file.
    var charts: [(name: String, chart: Chart)] {
        [("reward-beta", rewardByBeta), ("reward-steps", rewardBySteps), ("reward-kl", rewardByKL)]
    }

    private var objectives: [String] { best.map(\.objective) }

    private var rewardByBeta: Chart {
        Chart(
            title: "Final reward against β", xTitle: "β", yTitle: "reward", xScale: .logarithmic,
            series: objectives.map { objective in
                Chart.Series(
                    name: objective,
                    points: rows.filter { $0.objective == objective }.compactMap { row in
                        guard let beta = row.beta, let reward = row.means[.reward] else { return nil }
                        return Chart.Point(
                            x: beta, y: reward.mean,
                            error: max(reward.standardError ?? 0, reward.seedError ?? 0))
                    }, hasDots: true)
            })
    }

    /// Of each objective at its best β, the mean over its seeds.
    private var rewardBySteps: Chart {
        let name = StepMetrics.Name.validationPrefix + "reward"
        return Chart(
            title: "Reward of validation completions against steps, each objective at its best β",
            xTitle: "step", yTitle: "reward",
            series: best.map { row in
                let alike = runs.filter { $0.objective == row.objective && $0.beta == row.beta }
                var values: [Int: [Double]] = [:]
                for line in alike.flatMap(\.training.metrics) {
                    if let reward = line[name] { values[line.step, default: []].append(reward) }
                }
                return Chart.Series(
                    name: row.name,
                    points: values.sorted { $0.key < $1.key }.map { step, rewards in
                        let estimate = MeanEstimate(rewards)
                        return Chart.Point(
                            x: Double(step), y: estimate.mean, error: estimate.standardError ?? 0)
                    }, hasDots: true)
            })
    }

    private var rewardByKL: Chart {
        Chart(
            title: "Final reward against KL, every run", xTitle: "KL from the reference, nats a completion",
            yTitle: "reward",
            series: objectives.map { objective in
                Chart.Series(
                    name: objective,
                    points: runs.filter { $0.objective == objective }.compactMap { run in
                        guard let reward = run.evaluation[.reward], let kl = run.evaluation[.kl] else {
                            return nil
                        }
                        return Chart.Point(
                            x: kl.after.mean, y: reward.after.mean, error: reward.after.standardError ?? 0)
                    }, hasLine: false, hasDots: true)
            })
    }
}

extension Comparison.Row {
    /// `copg 0.06`
    fileprivate var name: String { objective + (beta.map { " " + $0.significant(6) } ?? "") }
}
