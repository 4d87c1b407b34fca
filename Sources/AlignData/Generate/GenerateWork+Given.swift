extension GenerateWork {
    /// A completion that was not drawn.
    struct Given {
        /// End-of-sequence included, where the tokenizer has one.
        var tokens: [TokenID]
        var writer: String
        var scores: [String: Double] = [:]
    }

    /// The prompts with what was given for each; where nothing is drawn, those alone for which something was.
    func withGiven(
        _ prompts: [Prompt], _ counts: inout StageCounts
    ) -> (prompts: [Prompt], given: [[Given]]) {
        let all = prompts.map { (prompt: $0, given: givenCompletions(of: $0, &counts)) }
        let needsGiven = stage.configuration.sampling.candidates == 0
        let kept = needsGiven ? all.filter { !$0.given.isEmpty } : all
        if kept.count < all.count {
            counts.filtered[GenerateStage.noCompletion, default: 0] += all.count - kept.count
        }
        return (kept.map(\.prompt), kept.map(\.given))
    }

    /// The reference summaries and the corpus's completions that were asked for: their ids and, once, end-of-sequence.
    /// One that does not fit the context is left out whole, and counted.
    private func givenCompletions(of prompt: Prompt, _ counts: inout StageCounts) -> [Given] {
        let context = stage.context
        let end = stage.tokenizer.endOfSequence.map { [$0] } ?? []
        func fitting(_ all: [Given], _ taken: String, _ tooLong: String) -> [Given] {
            let whole = all.filter { !$0.tokens.isEmpty }
            if whole.count < all.count {
                counts.noted[GenerateStage.emptyGiven, default: 0] += all.count - whole.count
            }
            let fitting = whole.filter { prompt.tokens.count + $0.tokens.count <= context }
            counts.noted[taken, default: 0] += fitting.count
            if fitting.count < whole.count {
                counts.noted[tooLong, default: 0] += whole.count - fitting.count
            }
            return fitting
        }
        var given: [Given] = []
        if stage.configuration.withReferences {
            given += fitting(
                prompt.references.map {
                    Given(tokens: $0.tokens + end, writer: GenerateStage.referencePolicy)
                },
                "reference-completions", "references-too-long")
        }
        if stage.configuration.withCompletions {
            given += fitting(
                prompt.given.map {
                    Given(
                        tokens: $0.tokens + end,
                        writer: GenerateStage.corpusPolicy + ($0.policy.map { ":" + $0 } ?? ""),
                        scores: $0.scores)
                }, "given-completions", "given-completions-too-long")
        }
        return given
    }
}
