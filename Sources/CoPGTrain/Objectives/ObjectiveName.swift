/// The objectives, by the names that the command and the configurations use.
public enum ObjectiveName: String, Hashable, Sendable, Codable, CaseIterable {
    case copg
    case bradleyTerry = "bradley-terry"

    /// - Parameters:
    ///   - beta: the temperature of the KL term, for objectives of policies.
    ///   - form: for CoPG.
    public func make(beta: Double, form: CoPG.Form) -> any Objective {
        switch self {
        case .copg: CoPG(beta: beta, form: form)
        case .bradleyTerry: BradleyTerry()
        }
    }
}
