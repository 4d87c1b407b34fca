import Yams

/// A node of a recipe's YAML that knows where it stands, for errors that say so.
struct RecipeNode {
    let recipe: String
    let node: Node
    /// What a person would call it: `sources[0].fields`.
    let path: String

    var line: Int? { node.mark?.line }

    func invalid(_ problem: String, valid: String? = nil) -> RecipeError {
        .invalid(recipe: recipe, line: line, problem: problem, valid: valid)
    }

    var isMapping: Bool { node.mapping != nil }
    var isScalar: Bool { node.scalar != nil }

    func text() throws -> String {
        guard let scalar = node.scalar else {
            throw invalid("\(path) is not a text", valid: "a single text")
        }
        return scalar.string
    }

    func integer() throws -> Int {
        guard let scalar = node.scalar, let value = Int(scalar.string) else {
            throw invalid("\(path) is not a whole number", valid: "a number like 512")
        }
        return value
    }

    func fraction() throws -> Double {
        guard let scalar = node.scalar, let value = Double(scalar.string), (0...1).contains(value) else {
            throw invalid("\(path) is not a number from 0 to 1", valid: "a number like 0.05")
        }
        return value
    }

    /// One of the values that `Choice` has.
    func choice<Choice: CaseIterable & RawRepresentable<String>>() throws -> Choice {
        guard let choice = Choice(rawValue: try text()) else {
            let valid = Choice.allCases.map(\.rawValue)
            throw invalid("\(path) is not known", valid: "one of " + valid.joined(separator: ", "))
        }
        return choice
    }

    /// A text, or a list of them.
    func texts() throws -> [String] { try list().map { try $0.text() } }

    func boolean() throws -> Bool {
        switch node.scalar?.string {
        case "true", "yes": return true
        case "false", "no": return false
        default: throw invalid("\(path) is neither true nor false", valid: "write true or false")
        }
    }

    /// A list, or a single element in place of one.
    func list() -> [RecipeNode] {
        guard let sequence = node.sequence else { return [self] }
        return sequence.enumerated().map {
            RecipeNode(recipe: recipe, node: $1, path: "\(path)[\($0)]")
        }
    }

    /// The values of a mapping by key.
    /// - Parameter keys: those that are valid; `nil` for any.
    func mapping(keys: [String]?) throws -> [String: RecipeNode] {
        let valid = keys.map { "valid here: " + $0.joined(separator: ", ") }
        guard let mapping = node.mapping else { throw invalid("\(path) is not a mapping", valid: valid) }
        var values: [String: RecipeNode] = [:]
        for (key, value) in mapping {
            let line = key.mark?.line ?? self.line
            guard let name = key.scalar?.string else {
                throw RecipeError.invalid(
                    recipe: recipe, line: line, problem: "a key of \(path) is not a text", valid: valid)
            }
            guard keys?.contains(name) ?? true else {
                throw RecipeError.invalid(
                    recipe: recipe, line: line, problem: "\(path) has no key \(name)", valid: valid)
            }
            guard values[name] == nil else {
                throw RecipeError.invalid(
                    recipe: recipe, line: line, problem: "the key \(name) stands twice", valid: nil)
            }
            values[name] = RecipeNode(
                recipe: recipe, node: value, path: path == "the recipe" ? name : "\(path).\(name)")
        }
        return values
    }
}

extension [String: RecipeNode] {
    func required(_ key: String, in parent: RecipeNode) throws -> RecipeNode {
        guard let value = self[key] else { throw parent.invalid("\(parent.path) needs the key \(key)") }
        return value
    }
}
