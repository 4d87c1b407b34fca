extension StageReport {
    /// Says of the sources that were read what the counts say.
    mutating func noteIncompleteSources(areAllowed: Bool) {
        if let names = SourceNote.passedOverSentence(counts.noted) {
            figures.append(Figure("passed over", names))
        }
        guard let count = counts.noted[SourceNote.notReadToEnd] else { return }
        figures.append(Figure("sources not read to their end", String(count)))
        if !areAllowed { incompleteSources = count }
    }
}

extension SourceNote {
    /// `dangling links 1, hidden files 2`; nil where nothing was passed over that a pattern might have taken.
    static func passedOverSentence(_ noted: [String: Int]) -> String? {
        let counts = PassedOver.allCases.compactMap { kind in noted[kind.rawValue].map { (kind.words, $0) } }
        guard !counts.isEmpty else { return nil }
        return counts.map { "\($0) \($1)" }.joined(separator: ", ")
    }
}
