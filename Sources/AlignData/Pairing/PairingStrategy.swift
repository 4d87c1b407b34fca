/// Which pairs of a prompt's completions are listed.
public enum PairingStrategy: String, Hashable, Sendable, Codable, CaseIterable {
    /// All K·(K−1)/2 pairs.
    case all
    /// One pair: the highest reward against the lowest; the earlier completion wins a tie on either side.
    case bestAgainstWorst = "best-against-worst"
    /// A number of different pairs, drawn without replacement.
    case random
}
