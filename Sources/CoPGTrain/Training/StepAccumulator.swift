import AlignData

/// The sums of one step over its micro-batches.
struct StepAccumulator {
    private let batch: GroupBatch
    /// Σ of the groups' weights over the whole batch, 1 where there is nothing to compare.
    private let weight: Double

    private(set) var loss = 0.0
    private var valueLoss: Double?
    private var statistics = PairStatistics()
    private var logRatios = 0.0
    private var completions = 0.0
    private var completionTokens = 0.0

    init(objective: any Objective, batch: GroupBatch) {
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
    mutating func coefficients(
        of part: Range<Int>, outputs: [[Double]], by objective: any CompletionObjective
    ) throws -> [[Double]] {
        precondition(outputs.count == part.count, "outputs for every group")
        return try zip(part, outputs).map { index, outputs in
            let group = batch.groups[index]
            let scored = ScoredGroup(
                rewards: group.candidates.map(\.reward), logProbabilities: outputs,
                referenceLogProbabilities: group.candidates.map(\.referenceLogProbability), pairs: group.pairs
            )
            let value = try objective.evaluate(scored)
            let scale = add(index, scored, loss: value.loss, value.statistics)
            return value.coefficients.map { scale * $0 }
        }
    }

    /// The same for every token, with its ln π_ref where the objective reads it.
    mutating func coefficients(
        of part: Range<Int>, outputs: [[TokenSeries]], reference: TokenReference?,
        by objective: any TokenObjective
    ) throws -> [[TokenSeries]] {
        precondition(outputs.count == part.count, "outputs for every group")
        return try zip(part, outputs).map { index, outputs in
            let group = batch.groups[index]
            let scored = TokenScoredGroup(
                rewards: group.candidates.map(\.reward), outputs: outputs,
                wholeReference: group.candidates.map(\.referenceLogProbability),
                tokenReference: try reference.map { reference in
                    try group.candidates.map { try reference.logProbabilities(of: $0) }
                } ?? [], pairs: group.pairs)
            let value = objective.evaluate(scored)
            let scale = add(
                index, scored.whole, loss: value.policyLoss + value.valueLoss, value.statistics)
            valueLoss = (valueLoss ?? 0) + scale * value.valueLoss
            return value.coefficients.map { series in
                TokenSeries(
                    logProbabilities: series.logProbabilities.map { scale * $0 },
                    values: series.values.map { scale * $0 })
            }
        }
    }

    /// - Returns: what the group's loss counts in the batch's.
    private mutating func add(
        _ index: Int, _ group: ScoredGroup, loss: Double, _ statistics: PairStatistics
    ) -> Double {
        let count = Double(batch.counts[index])
        let scale = count / weight
        self.loss += scale * loss
        self.statistics.add(statistics, times: count)
        logRatios += count * group.logRatios.reduce(0, +)
        completions += count * Double(group.count)
        completionTokens += count * Double(batch.groups[index].candidates.reduce(0) { $0 + $1.tokens.count })
        return scale
    }

    func metrics(step: Int, hasReference: Bool) -> StepMetrics {
        var metrics = StepMetrics(step: step)
        metrics[StepMetrics.Name.loss] = loss
        metrics[StepMetrics.Name.valueLoss] = valueLoss
        if statistics.count > 0 {
            let count = statistics.count
            metrics[StepMetrics.Name.chosenReward] = statistics.chosenReward / count
            metrics[StepMetrics.Name.rejectedReward] = statistics.rejectedReward / count
            metrics[StepMetrics.Name.margin] = (statistics.chosenReward - statistics.rejectedReward) / count
            metrics[StepMetrics.Name.accuracy] = statistics.accurate / count
            metrics[StepMetrics.Name.chosenLogProbability] = statistics.chosenLogProbability.map {
                $0 / count
            }
            metrics[StepMetrics.Name.rejectedLogProbability] = statistics.rejectedLogProbability.map {
                $0 / count
            }
        }
        if completions > 0 {
            metrics[StepMetrics.Name.meanLength] = completionTokens / completions
            if hasReference { metrics[StepMetrics.Name.dataLogRatio] = logRatios / completions }
        }
        return metrics
    }
}
