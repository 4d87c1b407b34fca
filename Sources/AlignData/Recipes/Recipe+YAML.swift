import Foundation
import Yams

extension Recipe {
    /// Reads a recipe file.
    /// - Throws: `RecipeError`.
    public static func load(path: String) throws -> Recipe {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            let exists = FileManager.default.fileExists(atPath: path)
            throw RecipeError.unreadable(
                recipe: path, reason: exists ? "permission denied or not a file" : "no such file")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw RecipeError.unreadable(recipe: path, reason: "it is not UTF-8")
        }
        return try Recipe(yaml: text, name: path)
    }

    /// - Parameter name: how errors name the recipe.
    /// - Throws: `RecipeError`.
    public init(yaml: String, name recipe: String) throws {
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch let error as YamlError {
            throw RecipeError(error, recipe: recipe)
        }
        guard let root else {
            throw RecipeError.invalid(recipe: recipe, line: nil, problem: "it is empty", valid: nil)
        }
        try self.init(RecipeNode(recipe: recipe, node: root, path: "the recipe"))
    }

    private init(_ node: RecipeNode) throws {
        let values = try node.mapping(keys: [
            "name", "description", "citation", "licence", "sources", "prompt", "preferences", "clean",
            "split",
        ])
        name = try values.required("name", in: node).text()
        description = try values["description"]?.text() ?? ""
        citation = try values["citation"]?.text()
        licence = try values["licence"]?.text()
        if values["sources"] == nil, values["preferences"] != nil {
            // For a reward model alone.
            sources = []
        } else {
            let list = try values.required("sources", in: node)
            sources = try list.list().map(RecipeSource.init)
            guard !sources.isEmpty else {
                throw list.invalid("sources is empty", valid: "a list of sources")
            }
        }
        let promptNode = try values.required("prompt", in: node)
        prompt = try PromptTemplate(recipe: promptNode)
        preferences = try values["preferences"].map(PreferenceMapping.init)
        cleaning = try values["clean"].map(CleaningRules.init) ?? CleaningRules()
        let stated = try values["split"].map(SplitFractions.init)
        splits = stated ?? SplitFractions()
        if let stated { preferences?.splits = stated }

        for (source, number) in zip(sources, 1...) {
            let names = source.fields.names.union(source.fields.id == nil ? [] : ["id"]).union(
                (source.fields.extra ?? [:]).keys)
            for name in cleaning.groupBy where !names.contains(name) {
                throw (values["clean"] ?? node).invalid(
                    "clean.group-by names \(name), which source \(number) does not map",
                    valid: "mapped there: \(names.sorted().joined(separator: ", "))")
            }
            try promptNode.require(prompt.fieldNames, in: source.fields.names, of: "source \(number)")
        }
        if let preferences {
            try promptNode.require(prompt.fieldNames, in: preferences.source.fields.names, of: "preferences")
        }
    }
}

extension RecipeError {
    fileprivate init(_ error: YamlError, recipe: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self = .notYAML(recipe: recipe, line: mark.line, problem: problem)
        case .duplicatedKeysInMapping(_, let context):
            self = .notYAML(recipe: recipe, line: context.mark.line, problem: "a key stands twice")
        default:
            self = .notYAML(recipe: recipe, line: nil, problem: "it cannot be parsed")
        }
    }
}

extension RecipeNode {
    /// Checks that everything the prompt (this node) uses is mapped.
    fileprivate func require(_ used: [String], in names: Set<String>, of owner: String) throws {
        let text = try mapping(keys: nil).required("text", in: self)
        for name in used where !names.contains(name) {
            throw text.invalid(
                "the prompt uses {\(name)}, which \(owner) does not map",
                valid: "mapped there: \(names.sorted().joined(separator: ", "))")
        }
    }
}

extension PreferenceMapping {
    fileprivate init(_ node: RecipeNode) throws {
        var values = try node.mapping(keys: nil)
        let labelNode = values.removeValue(forKey: Self.label)
        let fileKeys = ["files", "except", "format", "where", "encoding", "repair", "delimiter"]
        var settings: [String: RecipeNode] = [:]
        for key in fileKeys { settings[key] = values.removeValue(forKey: key) }
        var fields = try FieldMapping(values, in: node)
        let names: [String]
        if let labelNode {
            names = [Self.first, Self.second]
            let label = try labelNode.mapping(keys: ["path", "first", "second", "tie"])
            fields.others[Self.label] = try Field(label.required("path", in: labelNode)).taken(.only)
            var labels = Labels()
            if let value = label["first"] { labels.first = try value.texts() }
            if let value = label["second"] { labels.second = try value.texts() }
            if let value = label["tie"] { labels.tie = try value.texts() }
            self.labels = labels
        } else {
            names = [Self.chosen, Self.rejected]
        }
        for name in names where values[name] == nil {
            throw node.invalid(
                "\(node.path) needs the key \(name)",
                valid: "chosen and rejected; or first, second and label: {path, first, second, tie}")
        }
        fields.others[Self.margin] = fields.others[Self.margin]?.taken(.only)
        guard fields.references.isEmpty else {
            throw node.invalid("preferences have no references", valid: "chosen and rejected stand for them")
        }
        guard fields.extra == nil else {
            throw node.invalid(
                "preferences have no extra fields",
                valid: "leave extra away: a reward model does not keep them")
        }
        source = try RecipeSource(
            settings, fields: fields, defaultFormat: .jsonLines, defaultFiles: "**", in: node)
    }
}

extension CleaningRules {
    fileprivate init(_ node: RecipeNode) throws {
        let bounds = ["min-characters", "max-characters", "min-tokens", "max-tokens"]
        let values = try node.mapping(
            keys: bounds + ["summary", "drop-duplicates", "near-duplicates", "needs-summary", "group-by"])
        document = try Bounds(values, in: node)
        if let value = values["summary"] { summary = try Bounds(value.mapping(keys: bounds), in: value) }
        if let value = values["drop-duplicates"] { dropDuplicates = try value.boolean() }
        if let value = values["group-by"] { groupBy = try value.texts() }
        if let value = values["needs-summary"] { needsSummary = try value.boolean() }
        if let value = values["near-duplicates"] {
            let threshold = try value.fraction()
            guard threshold >= 0.5 else {
                throw value.invalid(
                    "\(value.path) is too low to tell duplicates from other documents",
                    valid: "a Jaccard similarity from 0.5 to 1, such as 0.8")
            }
            nearDuplicates = threshold
        }
    }
}

extension CleaningRules.Bounds {
    fileprivate init(_ values: [String: RecipeNode], in node: RecipeNode) throws {
        if let value = values["min-characters"] { minCharacters = try value.integer() }
        maxCharacters = try values["max-characters"]?.integer()
        if let value = values["min-tokens"] { minTokens = try value.integer() }
        maxTokens = try values["max-tokens"]?.integer()
        if let maxCharacters, maxCharacters < minCharacters {
            throw node.invalid("max-characters is less than min-characters")
        }
        if let maxTokens, maxTokens < minTokens {
            throw node.invalid("max-tokens is less than min-tokens")
        }
    }
}

extension SplitFractions {
    fileprivate init(_ node: RecipeNode) throws {
        self.init()
        let values = try node.mapping(keys: ["validation", "test"])
        if let value = values["validation"] { validation = try value.fraction() }
        if let value = values["test"] { test = try value.fraction() }
        guard validation + test <= 1 else { throw node.invalid("the shares of split add up to more than 1") }
    }
}
