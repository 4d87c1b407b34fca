/// An objective as records and reports keep it.
public struct ObjectiveRecord: Hashable, Sendable, Codable {
    /// The name alone: `copg`.
    public var name: String
    /// β; nil for an objective without one.
    public var beta: Double?
    /// The identity, with every parameter: `copg(beta=0.06,form=listed)`. nil in records of versions that did not keep it.
    public var loss: String?

    private enum CodingKeys: String, CodingKey {
        case name = "objective"
        case beta, loss
    }

    public init(_ objective: any Objective) {
        name = String(objective.identity.prefix { $0 != "(" })
        beta = objective.temperature
        loss = objective.identity
    }
}
