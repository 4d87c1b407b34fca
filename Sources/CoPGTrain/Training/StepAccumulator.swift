import AlignData

/// The sums of one step over its micro-batches.
struct StepAccumulator {
    private let objective: any Objective
    private let batch: GroupBatch
    /// Σ of the groups' weights over the whole batch, 1 where there is nothing to compare.
    private let weight: Double

    private(set) var loss = 0.0
    private var statistics = PairStatistics()
    private var logRatios = 0.0
    private var completions = 0.0

    init(objective: any Objective, batch: GroupBatch) {
        self.objective = objective
        self.batch = batch
        let weight = zip(batch.groups, batch.counts).reduce(0.0) { sum, element in
            let (group, count) = element
            return sum
                + Double(count)
                * objective.weight(rewards: group.candidates.map(\.reward), pairs: group.pairs)
        }
        self.weight = weight > 0 ? weight : 1
    }

    var tokenCount: Int { batch.groups.reduce(0) { $0 + $1.tokenCount } }

    /// ∂(loss of the batch)/∂output for the groups of `part`, whose outputs these are.
    mutating func coefficients(of part: Range<Int>, outputs: [[Double]]) throws -> [[Double]] {
        precondition(outputs.count == part.count, "outputs for every group")
        var coefficients: [[Double]] = []
        coefficients.reserveCapacity(part.count)
        for (index, outputs) in zip(part, outputs) {
            let group = batch.groups[index]
            let count = Double(batch.counts[index])
            let scored = ScoredGroup(
                rewards: group.candidates.map(\.reward), logProbabilities: outputs,
                referenceLogProbabilities: group.candidates.map(\.referenceLogProbability), pairs: group.pairs
            )
            let value = try objective.evaluate(scored)
            let scale = count / weight
            loss += scale * value.loss
            statistics.add(value.statistics, times: count)
            logRatios += count * scored.logRatios.reduce(0, +)
            completions += count * Double(scored.count)
            coefficients.append(value.coefficients.map { scale * $0 })
        }
        return coefficients
    }

    func metrics(step: Int, isPolicy: Bool) -> StepMetrics {
        var metrics = StepMetrics(step: step)
        metrics[StepMetrics.Name.loss] = loss
        if statistics.count > 0 {
            let count = statistics.count
            metrics[StepMetrics.Name.chosenReward] = statistics.chosenReward / count
            metrics[StepMetrics.Name.rejectedReward] = statistics.rejectedReward / count
            metrics[StepMetrics.Name.margin] = (statistics.chosenReward - statistics.rejectedReward) / count
            metrics[StepMetrics.Name.accuracy] = statistics.accurate / count
            if isPolicy {
                metrics[StepMetrics.Name.chosenLogProbability] = statistics.chosenLogProbability / count
                metrics[StepMetrics.Name.rejectedLogProbability] = statistics.rejectedLogProbability / count
            }
        }
        if isPolicy, completions > 0 { metrics[StepMetrics.Name.dataLogRatio] = logRatios / completions }
        return metrics
    }
}
