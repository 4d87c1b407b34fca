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
        case .unknownName(_, let known):
            "built in are \(known.joined(separator: ", ")); a recipe of your own is a path that ends in .yml"
        }
    }
}
