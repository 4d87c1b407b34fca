import AlignData

/// Evaluations of several trained policies of one experiment: how the reward depends on the objective, on β and on
/// the seed.
public struct Comparison: Hashable, Sendable, Codable {
    /// A policy and what was found of it.
    public struct Run: Hashable, Sendable, Codable {
        /// The last two components of its report's path.
        public var name: String
        public var training: TrainedRun
        public var evaluation: Evaluation

        var objective: String { training.configuration.objective.name }
        var beta: Double? { training.configuration.objective.beta }
    }

    /// The runs that differ in their seed alone.
    public struct Row: Hashable, Sendable, Codable {
        public var objective: String
        /// nil for an objective without one.
        public var beta: Double?
        public var runs: Int
        /// Means over the runs, by metric.
        public var means: [EvaluationMetric: Figure]

        public struct Figure: Hashable, Sendable, Codable {
            public var mean: Double
            /// Of the mean, from the prompts of each run; nil where a run has a single prompt.
            public var standardError: Double?
            /// Of the mean, from the differences between runs; nil for one run.
            public var seedError: Double?
        }
    }

    /// By objective, β and seed.
    public var runs: [Run]
    /// By objective and β.
    public var rows: [Row]
    /// What every run is compared with: the reference of the first.
    public var reference: [EvaluationMetric: Row.Figure]

    /// - Throws: `ComparisonError` when there is nothing to compare.
    public init(_ runs: [Run]) throws {
        guard let first = runs.first else { throw ComparisonError.noReports }
        self.runs = runs.sorted {
            ($0.objective, $0.beta ?? 0, $0.training.configuration.trainer.seed, $0.name)
                < ($1.objective, $1.beta ?? 0, $1.training.configuration.trainer.seed, $1.name)
        }
        rows = []
        for run in self.runs {
            if let last = rows.last, last.objective == run.objective, last.beta == run.beta { continue }
            let alike = self.runs.filter { $0.objective == run.objective && $0.beta == run.beta }
            rows.append(
                Row(
                    objective: run.objective, beta: run.beta, runs: alike.count,
                    means: Comparison.means(alike.map(\.evaluation), of: \.after)))
        }
        reference = Comparison.means([first.evaluation], of: \.before)
    }

    private static func means(
        _ evaluations: [Evaluation], of side: KeyPath<Evaluation.Row, Evaluation.Estimate>
    ) -> [EvaluationMetric: Row.Figure] {
        var means: [EvaluationMetric: Row.Figure] = [:]
        for metric in EvaluationMetric.allCases {
            let estimates = evaluations.compactMap { $0[metric]?[keyPath: side] }
            guard !estimates.isEmpty else { continue }
            let over = MeanEstimate(estimates.map(\.mean))
            let errors = estimates.compactMap(\.standardError)
            let squares = errors.reduce(0) { $0 + $1 * $1 }
            means[metric] = Row.Figure(
                mean: over.mean,
                standardError: errors.count == estimates.count
                    ? squares.squareRoot() / Double(estimates.count) : nil,
                seedError: over.standardError)
        }
        return means
    }

    /// The β of each objective with the highest mean reward, by objective.
    public var best: [Row] {
        Dictionary(grouping: rows, by: \.objective).values.compactMap { rows in
            rows.max { ($0.means[.reward]?.mean ?? 0) < ($1.means[.reward]?.mean ?? 0) }
        }.sorted { $0.objective < $1.objective }
    }
}

extension EvaluationMetric: CodingKeyRepresentable {}
