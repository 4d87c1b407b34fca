import AlignData
import Foundation

/// Two policies on the same prompts: what changed, and how sure one may be of it.
///
/// The prompt is the unit: completions of one prompt resemble each other, so they are averaged first,
/// standard errors are taken over the prompts' means, and the difference is taken prompt by prompt.
public struct Evaluation: Hashable, Sendable, Codable {
    public struct Estimate: Hashable, Sendable, Codable {
        public var mean: Double
        /// nil for a single prompt.
        public var standardError: Double?

        init(_ estimate: MeanEstimate) {
            mean = estimate.mean
            standardError = estimate.standardError
        }
    }

    public struct Row: Hashable, Sendable, Codable {
        public var metric: EvaluationMetric
        /// Prompts that have the metric.
        public var prompts: Int
        public var before: Estimate
        public var after: Estimate
        public var difference: Estimate

        /// The difference in standard errors; nil where there is no error or it is 0.
        public var standardErrors: Double? {
            difference.standardError.flatMap { $0 > 0 ? difference.mean / $0 : nil }
        }
    }

    /// What the two are called: "reference" and "policy".
    public var beforeName: String
    public var afterName: String
    public var prompts: Int
    public var completionsBefore: Int
    public var completionsAfter: Int
    /// Prompts that were not measured, by the reason; nil where all were.
    public var rejected: [String: Int]?
    /// In the order of `EvaluationMetric`; without ROUGE-L where no prompt has a reference summary.
    public var rows: [Row]

    /// - Parameters:
    ///   - before: of the reference, a result for every prompt.
    ///   - rejected: the prompts that there is no result of, by the reason.
    ///   - after: of the policy, for the same prompts in the same order; the number of completions may differ.
    /// - Throws: `EvaluationError`.
    public init(
        before: [PromptResult], after: [PromptResult], beforeName: String = "before",
        afterName: String = "after", rejected: [String: Int] = [:]
    ) throws {
        guard !before.isEmpty || !after.isEmpty else { throw EvaluationError.noPrompts }
        for index in 0..<max(before.count, after.count) {
            guard index < before.count, index < after.count, before[index].promptID == after[index].promptID
            else {
                throw EvaluationError.differentPrompts(index: index)
            }
            guard !before[index].completions.isEmpty, !after[index].completions.isEmpty else {
                throw EvaluationError.noCompletions(index: index)
            }
        }
        self.beforeName = beforeName
        self.afterName = afterName
        prompts = before.count
        self.rejected = rejected.isEmpty ? nil : rejected
        completionsBefore = before.reduce(0) { $0 + $1.completions.count }
        completionsAfter = after.reduce(0) { $0 + $1.completions.count }
        rows = EvaluationMetric.allCases.compactMap { metric in
            let means = zip(before, after).compactMap { before, after -> (before: Double, after: Double)? in
                guard let first = metric.mean(of: before), let second = metric.mean(of: after) else {
                    return nil
                }
                return (first, second)
            }
            guard !means.isEmpty else { return nil }
            let (first, second) = (means.map(\.before), means.map(\.after))
            return Row(
                metric: metric, prompts: means.count, before: Estimate(MeanEstimate(first)),
                after: Estimate(MeanEstimate(second)),
                difference: Estimate(MeanEstimate(paired: first, second)))
        }
    }

    public subscript(metric: EvaluationMetric) -> Row? { rows.first { $0.metric == metric } }
}

/// What an evaluation compares.
public enum EvaluationMetric: String, Hashable, Sendable, Codable, CaseIterable {
    case reward
    case kl
    case rougeL = "rouge-l"
    case length
    case ended

    /// For a person.
    public var title: String {
        switch self {
        case .reward: "reward"
        case .kl: "KL from the reference (nats a completion)"
        case .rougeL: "ROUGE-L (F1)"
        case .length: "length (tokens)"
        case .ended: "ended by itself (share)"
        }
    }

    /// For the head of a column.
    var shortTitle: String {
        switch self {
        case .reward: "reward"
        case .kl: "KL"
        case .rougeL: "ROUGE-L"
        case .length: "length"
        case .ended: "ended"
        }
    }

    /// Digits after the point.
    var digits: Int { self == .length ? 1 : 3 }

    /// Over the prompt's completions; nil where they do not have it.
    func mean(of result: PromptResult) -> Double? {
        let values = result.completions.compactMap { completion -> Double? in
            switch self {
            case .reward: completion.reward
            case .kl: completion.logRatio
            case .rougeL: completion.rougeL
            case .length: Double(completion.tokenCount)
            case .ended: completion.endedByItself ? 1 : 0
            }
        }
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}
