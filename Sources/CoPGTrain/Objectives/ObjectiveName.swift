/// The objectives, by the names that the command and the configurations use.
public enum ObjectiveName: String, Hashable, Sendable, Codable, CaseIterable {
    case copg, ipo, dpo, slic, rebel, infonce, rloo, pg
    /// Needs a policy with a value head.
    case pgValue = "pg-value"
    /// Reads reference summaries: needs neither rewards nor pairs.
    case sft
    /// For reward models.
    case bradleyTerry = "bradley-terry"
}
