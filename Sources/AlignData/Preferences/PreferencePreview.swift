/// What a reward model would be trained on: how many preferences are taken and why others are not, with the first of
/// each.
public struct PreferencePreview: Sendable, Codable {
    public var taken: [PreferenceReader.Example]
    /// The first of each reason; of the labelled preferences alone.
    public var left: [IngestPreview.Left]
    public var counts: StageCounts
    /// Pairs by split.
    public var pairs: [String: Int]

    public init(_ data: RewardData) {
        taken = data.examples
        counts = data.counts
        pairs = data.pairs.reduce(into: [:]) { $0[$1.split.rawValue, default: 0] += 1 }
        var left: [IngestPreview.Left] = []
        for rejection in data.rejections where !left.contains(where: { $0.reason == rejection.reason }) {
            left.append(
                IngestPreview.Left(
                    reason: rejection.reason, detail: rejection.detail,
                    provenance: rejection.provenance.description))
        }
        for record in data.filtered where !left.contains(where: { $0.reason == record.reason }) {
            left.append(
                IngestPreview.Left(
                    reason: record.reason, detail: nil, provenance: record.provenance.description))
        }
        self.left = left
    }

    /// Plain text for a person.
    /// - Parameter characters: of each text that are shown.
    public func text(characters: Int = 400) -> String {
        let splits = pairs.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        let head =
            "would be taken (\(counts.recordsOut) of \(counts.recordsIn) records)"
            + (splits.isEmpty ? ": none" : ": " + splits.joined(separator: ", "))
        let blocks = taken.map { example in
            let margin = example.margin.map { "  margin \($0)" } ?? ""
            return [
                "  \(example.provenance)  \(example.split.rawValue)\(margin)",
                IngestPreview.shown("document", example.document, characters),
                IngestPreview.shown("chosen", example.chosen, characters),
                IngestPreview.shown("rejected", example.rejected, characters),
                "    prompt: \(example.promptTokens) tokens, chosen \(example.chosenTokens), "
                    + "rejected \(example.rejectedTokens)",
            ].joined(separator: "\n")
        }
        return ([head] + blocks + IngestPreview.closing(left, counts)).joined(separator: "\n\n")
    }
}
