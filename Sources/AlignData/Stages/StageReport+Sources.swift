extension StageReport {
    /// Says of the sources that were read what the counts say.
    mutating func noteIncompleteSources(areAllowed: Bool) {
        guard let count = counts.noted[SourceNote.notReadToEnd] else { return }
        figures.append(Figure("sources not read to their end", String(count)))
        if !areAllowed { incompleteSources = count }
    }
}
