/// What says how probable given completions are: a policy or a reference.
public protocol LogProbabilityModel: SequenceModel {
    /// ln π(completion | prompt) in nats for each completion of each group, by the forward pass that training uses.
    func logProbabilities(of groups: [TokenGroup]) throws -> [[Double]]
}
