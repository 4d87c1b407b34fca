/// The forms that pairs leave in.
public enum ExportFormat: String, Hashable, Sendable, Codable, CaseIterable {
    /// JSON lines, a pair a line: prompt, chosen, rejected, score_chosen, score_rejected. Ties are left out.
    case trlPreference = "trl-preference"
    /// JSON lines, a prompt a line: prompt, completions, scores. Ties and pairs are left to the reader.
    case trlScored = "trl-scored"
    /// The rows of `trl-preference` as comma-separated values (RFC 4180).
    case csv
    /// A folder that `datasets.load_dataset` reads: both kinds of JSON lines by split, and a dataset card.
    case dataset = "hf-dataset"
}

/// How pairs are exported. The defaults live here and nowhere else.
public struct ExportConfiguration: Hashable, Sendable, Codable {
    public var format: ExportFormat = .trlPreference
    /// The splits whose prompts are exported.
    public var splits: [Split] = Split.allCases

    public init() {}
}
