/// A recipe that cannot be understood, with the line and what would be valid there.
public enum RecipeError: DescribedError, Hashable {
    case unreadable(recipe: String, reason: String)
    case notYAML(recipe: String, line: Int?, problem: String)
    /// `valid` is a list of keys or a sentence.
    case invalid(recipe: String, line: Int?, problem: String, valid: String?)
    case unknownName(String, known: [String])

    public var category: FailureCategory {
        switch self {
        case .unreadable: .inputOutput
        case .unknownName: .usage
        case .notYAML, .invalid: .badData
        }
    }

    public var summary: String {
        switch self {
        case .unreadable(_, let reason): "the recipe cannot be read: \(reason)"
        case .notYAML(_, _, let problem): "the recipe is not YAML: \(problem)"
        case .invalid(_, _, let problem, _): "the recipe is not valid: \(problem)"
        case .unknownName(let name, _): "there is no built-in recipe \(name)"
        }
    }

    public var location: String? {
        switch self {
        case .unreadable(let recipe, _): recipe
        case .notYAML(let recipe, let line, _), .invalid(let recipe, let line, _, _):
            line.map { "\(recipe):\($0)" } ?? recipe
        case .unknownName: nil
        }
    }

    public var hint: String? {
        switch self {
        case .unreadable, .notYAML: nil
        case .invalid(_, _, _, let valid): valid
        case .unknownName(let name, let known):
            Self.suggestion(for: name, among: known)
                + "`align-data recipes` lists the built-in ones; a recipe of your own is a path that ends in"
                + " .yml"
        }
    }

    /// The known names that are most like a mistyped one: those that it is a part of, or else those at the least edit
    /// distance (Levenshtein), where that is at most a third of the name.
    private static func suggestion(for name: String, among known: [String]) -> String {
        let name = name.lowercased()
        var near = name.count > 2 ? known.filter { $0.contains(name) || name.contains($0) } : []
        if near.isEmpty {
            let distances = known.map { (name: $0, distance: distance(name, $0)) }
            let least = distances.map(\.distance).min() ?? .max
            if least <= max(1, name.count / 3) {
                near = distances.filter { $0.distance == least }.map(\.name)
            }
        }
        return near.isEmpty ? "" : "did you mean \(near.prefix(4).joined(separator: " or "))? "
    }

    /// Insertions, deletions and replacements that make one of the other.
    private static func distance(_ a: String, _ b: String) -> Int {
        let b = Array(b.unicodeScalars)
        var row = Array(0...b.count)
        for (i, scalar) in a.unicodeScalars.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let replaced = diagonal + (scalar == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
