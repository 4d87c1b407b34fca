/// What went out, for the dataset card and the report.
struct ExportContents {
    struct Counts {
        var prompts = 0
        var completions = 0
        var pairs = 0
        var ties = 0
    }

    private(set) var bySplit: [Split: Counts] = [:]
    private(set) var rewards: [Double] = []
    private(set) var margins: [Double] = []
    private(set) var lengths: [Double] = []

    /// - Parameter keepsValues: whether histograms will be asked for.
    mutating func add(_ texts: PairedTexts, keepsValues: Bool) {
        let margins = texts.pairs.map { pair in
            abs(texts.completions[pair.first].reward - texts.completions[pair.second].reward)
        }
        let ties = margins.count { $0 == 0 }
        var counts = bySplit[texts.split] ?? Counts()
        counts.prompts += 1
        counts.completions += texts.completions.count
        counts.pairs += margins.count - ties
        counts.ties += ties
        bySplit[texts.split] = counts
        guard keepsValues else { return }
        rewards += texts.completions.map(\.reward)
        lengths += texts.completions.map { Double($0.tokens) }
        self.margins += margins.filter { $0 > 0 }
    }

    func total(_ count: KeyPath<Counts, Int>) -> Int { bySplit.values.reduce(0) { $0 + $1[keyPath: count] } }
}
