extension TrainerConfiguration {
    /// - Throws: `TrainingError.configuration` naming the first option that cannot be meant.
    public func validate() throws {
        func check(_ holds: Bool, _ sentence: String) throws {
            guard holds else { throw TrainingError.configuration(sentence) }
        }
        // Beyond so many, counting steps would overflow.
        let countable = 0...1 << 31
        try check(countable.contains(epochs), "the number of epochs must be between 0 and \(1 << 31)")
        try check(countable.contains(steps ?? 0), "the number of steps must be between 0 and \(1 << 31)")
        try check(
            countable.contains(groupsPerStep - 1), "a step needs at least one group, and at most \(1 << 31)")
        try check(microBatchTokens > 0, "a micro-batch needs at least one token")
        try check(
            learningRate >= 0 && learningRate.isFinite, "the learning rate must be a number of at least 0")
        try check((0...1).contains(warmupShare), "the warm-up share must be between 0 and 1")
        try check((maximumGradientNorm ?? 1) > 0, "the maximum gradient norm must be positive")
        try check((checkpointEvery ?? 1) > 0, "the steps between checkpoints must be positive")
        try check(keepCheckpoints > 0, "at least one checkpoint must be kept")
        try check((validateEvery ?? 1) > 0, "the steps between validations must be positive")
        try check((patience ?? 1) > 0, "the patience must be at least one validation")
        try check(referenceSample > 0, "the reference must be checked on at least one group")
    }
}
