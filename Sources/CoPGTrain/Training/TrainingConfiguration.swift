/// What decides a training, as records keep it: the objective and how it is minimised. One flat JSON object.
public struct TrainingConfiguration: Hashable, Sendable, Codable {
    public var objective: ObjectiveRecord
    public var trainer: TrainerConfiguration

    public init(_ objective: any Objective, _ trainer: TrainerConfiguration) {
        self.objective = ObjectiveRecord(objective)
        self.trainer = trainer
    }

    public init(from decoder: any Decoder) throws {
        objective = try ObjectiveRecord(from: decoder)
        trainer = try TrainerConfiguration(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try objective.encode(to: encoder)
        try trainer.encode(to: encoder)
    }
}
