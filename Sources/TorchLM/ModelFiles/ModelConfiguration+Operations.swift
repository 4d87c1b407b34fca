public import AlignData

extension ModelConfiguration {
    /// Floating-point operations (a multiplication or an addition is one) of the matrix products that a step of
    /// training on `groups` asks for: those of the forward pass three times. What an implementation computes again in
    /// the backward pass, pads or masks is not counted, nor is anything that is no matrix product.
    ///
    /// A weight costs two operations a token, the vocabulary projection only where a completion's token is predicted,
    /// attention 4 · heads · head dimension for every key that a token sees.
    public func trainingOperations(of groups: [TokenGroup]) -> Double {
        let layerWeights = tensorShapes.filter { $0.name.hasPrefix("model.layers.") && $0.shape.count == 2 }
            .reduce(0) { $0 + $1.shape[0] * $1.shape[1] }
        var forward = 0
        for group in groups {
            let prompt = group.prompt.count
            var tokens = prompt
            var seen = prompt * (prompt + 1) / 2
            for completion in group.completions {
                // Nothing comes after a completion's last token: it is predicted and not computed.
                let used = completion.count - 1
                tokens += used
                seen += used * prompt + used * (used + 1) / 2
                forward += 2 * vocabularySize * hiddenSize * completion.count
            }
            forward += 2 * layerWeights * tokens + 4 * layerCount * headCount * headDimension * seen
        }
        return 3 * Double(forward)
    }
}
