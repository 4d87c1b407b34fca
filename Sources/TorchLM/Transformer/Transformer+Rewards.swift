import AlignData

extension Transformer {
    /// The reward of each completion of each group. Records no gradient.
    func rewards(of groups: [TokenGroup], passTokens: Int) throws -> [[Double]] {
        try torch.recordingGradients(false) {
            try PackedGroups.runs(groups, budget: passTokens).flatMap { run in
                let packed = try PackedGroups(Array(groups[run]), keepsLastToken: true)
                return packed.byCompletion(try rewards(of: packed).floats())
            }
        }
    }

    /// score · hidden at each completion's last token, [completions] fp32.
    func rewards(of packed: PackedGroups) throws -> Tensor {
        try rewards(ofLast: finalStates(lastStates(of: packed), rows: packed.lastRows))
    }

    /// The same from the final states of the completions' last tokens, [completions, hidden size].
    func rewards(ofLast states: Tensor) throws -> Tensor {
        guard let score = weights.score else { throw ModelRoleError.noScore }
        return try states.rowProducts(score)
    }
}

extension PackedGroups {
    /// Cuts one number a completion by group.
    func byCompletion(_ values: [Float]) -> [[Double]] {
        var next = 0
        return completionLengths.map { group in
            defer { next += group.count }
            return values[next..<next + group.count].map(Double.init)
        }
    }
}
