import AlignData

extension Transformer {
    /// ln π of each completion of each group, in passes of at most `passTokens` tokens. Records no gradient.
    func logProbabilities(of groups: [TokenGroup], passTokens: Int) throws -> [[Double]] {
        try torch.recordingGradients(false) {
            try PackedGroups.runs(groups, budget: passTokens).flatMap { run in
                let packed = try PackedGroups(Array(groups[run]), keepsLastToken: false)
                return packed.summed(try tokenLogProbabilities(of: packed).floats())
            }
        }
    }

    /// ln π of each completion token given everything before it, [ΣC] fp32.
    func tokenLogProbabilities(of packed: PackedGroups) throws -> Tensor {
        let predicting = try finalStates(lastStates(of: packed), rows: packed.predictingRows)
        return try tokenLogProbabilities(of: packed, predicting: predicting)
    }

    /// The same from the final states that predict the tokens, [ΣC, hidden size].
    func tokenLogProbabilities(of packed: PackedGroups, predicting: Tensor) throws -> Tensor {
        guard case .plain(let head) = weights.head else { throw ModelRoleError.noHead }
        // The last token of a completion is predicted and not embedded.
        try requireOwn(packed.targets)
        return try predicting.tokenLogProbabilities(
            head, targets: Tensor.integers(packed.targets, on: torch), chunk: Transformer.vocabularyChunk)
    }

    /// Rows of logits in memory at a time: 256 rows of 49,152 bf16 values are 25 MB.
    static let vocabularyChunk = 256
}
