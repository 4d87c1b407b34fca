/// What is there where nothing matched, for a person who looks for the right pattern.
struct SeenNames {
    private static let maxNames = 10

    private var names: [String] = []
    private var more = 0
    /// By the names that a manifest gives them.
    var passedOver: [String: Int]

    init(passedOver: [String: Int] = [:]) { self.passedOver = passedOver }

    mutating func add(_ name: String) {
        if names.count < Self.maxNames { names.append(name) } else { more += 1 }
    }

    func nothingMatched(in source: String, _ recipe: Recipe) -> IngestError {
        .nothingMatched(
            path: source, seen: names, more: more, patterns: recipe.allPatterns.map(\.text),
            passedOver: SourceNote.passedOverSentence(passedOver))
    }
}
