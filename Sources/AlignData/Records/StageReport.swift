/// What a stage did, for the command's final line and its `--json`.
public struct StageReport: Sendable, Codable {
    public var stage: String
    /// The folder that was written.
    public var output: String
    public var counts: StageCounts
    /// Facts for a person, in order: ("prompts", "96"), ("MB", "12.3").
    public var figures: [Figure]
    /// The output was already complete with the same configuration; nothing was done.
    public var alreadyComplete: Bool
    /// Sentences that a person should read, without their full stop.
    public var notes: [String] = []
    /// The work is sealed, but more records were rejected than the configuration allows.
    public var tooManyRejections: Bool = false
    /// The work is sealed, but so many sources were not read to their end, which the configuration does not accept.
    public var incompleteSources: Int = 0
    /// The work is done, and nothing came of it: no prompt, no completion, no pair, no row.
    public var isEmpty: Bool = false
    /// What stands on the last line behind the figures: of fields that no record has, or that nothing uses.
    public var remarks: [String] = []

    public struct Figure: Sendable, Codable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(
        stage: String, output: String, counts: StageCounts, figures: [Figure] = [],
        alreadyComplete: Bool = false
    ) {
        self.stage = stage
        self.output = output
        self.counts = counts
        self.figures = figures
        self.alreadyComplete = alreadyComplete
    }
}
