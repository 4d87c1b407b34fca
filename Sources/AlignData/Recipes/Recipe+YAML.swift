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
        sources = try values.required("sources", in: node).list().map(RecipeSource.init)
        guard !sources.isEmpty else { throw node.invalid("sources is empty") }
        let promptNode = try values.required("prompt", in: node)
        prompt = try PromptTemplate(recipe: promptNode)
        preferences = try values["preferences"].map(PreferenceMapping.init)
        cleaning = try values["clean"].map(CleaningRules.init) ?? CleaningRules()
        splits = try values["split"].map(SplitFractions.init) ?? SplitFractions()

        for (source, number) in zip(sources, 1...) {
            try promptNode.require(prompt.fieldNames, in: source.fieldNames, of: "source \(number)")
        }
        if let preferences {
            try promptNode.require(prompt.fieldNames, in: preferences.fields.names, of: "preferences")
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

extension RecipeSource {
    /// The names under which the prompt template may use this source's fields.
    var fieldNames: Set<String> {
        switch layout {
        case .jsonLines(let mapping), .xml(_, let mapping): mapping.names
        case .textPairs(_, let titleIsFirstLine): titleIsFirstLine ? ["document", "title"] : ["document"]
        }
    }

    fileprivate init(_ node: RecipeNode) throws {
        let known = ["files", "documents", "summaries", "format", "record", "fields", "split", "title"]
        let all = try node.mapping(keys: known)
        let format = try all.required("format", in: node)
        split = try all["split"].map { node in
            guard let split = Split(published: try node.text()) else {
                throw node.invalid(
                    "\(node.path) is not a split",
                    valid: "train, validation or test; or capture {split} in files")
            }
            return split
        }
        switch try format.text() {
        case "jsonl":
            let values = try node.mapping(keys: ["files", "format", "fields", "split"])
            let mapping = try FieldMapping(values.required("fields", in: node))
            try mapping.check(
                in: values.required("fields", in: node), valid: "a path like metadata.title or a[0].b"
            ) {
                JSONPath($0) != nil
            }
            files = try values.required("files", in: node).list().map(FilePattern.init)
            layout = .jsonLines(mapping)
        case "xml":
            let values = try node.mapping(keys: ["files", "format", "record", "fields", "split"])
            let mapping = try FieldMapping(values.required("fields", in: node))
            try mapping.check(in: values.required("fields", in: node), valid: "an XPath 1.0 expression") {
                XPath($0) != nil
            }
            let record = try values.required("record", in: node)
            guard XPath(try record.text()) != nil else {
                throw record.invalid(
                    "\(record.path) is not XPath", valid: "an XPath 1.0 expression like //article")
            }
            files = try values.required("files", in: node).list().map(FilePattern.init)
            layout = .xml(record: try record.text(), mapping)
        case "text":
            let values = try node.mapping(keys: ["documents", "summaries", "format", "split", "title"])
            files = try values.required("documents", in: node).list().map(FilePattern.init)
            let summaries = try values["summaries"].map(FilePattern.init)
            if let summaries, !files.allSatisfy({ !$0.captureNames.isDisjoint(with: summaries.captureNames) })
            {
                throw node.invalid(
                    "documents and summaries capture nothing in common",
                    valid: "a name in braces in both, like documents/{key}.txt and summaries/{key}.txt")
            }
            if let title = values["title"], try title.text() != "first-line" {
                throw title.invalid("\(title.path) is not known", valid: "first-line")
            }
            layout = .textPairs(summaries: summaries, titleIsFirstLine: values["title"] != nil)
        default:
            throw format.invalid("\(format.path) is not known", valid: "jsonl, xml or text")
        }
    }
}

extension FilePattern {
    fileprivate init(_ node: RecipeNode) throws {
        do {
            try self.init(try node.text())
        } catch let fault as PathPattern.Fault {
            throw node.invalid("\(node.path) is not a pattern: \(fault.detail)")
        }
    }
}

extension FieldMapping {
    /// The names under which a prompt template may use the fields.
    var names: Set<String> {
        Set(others.keys).union(["document"]).union(title == nil ? [] : ["title"])
    }

    fileprivate init(_ node: RecipeNode) throws {
        var values = try node.mapping(keys: nil)
        self.init(document: try Field(values.required("document", in: node)))
        values["document"] = nil
        title = try values.removeValue(forKey: "title").map(Field.init)
        id = try values.removeValue(forKey: "id").map(Field.init)
        split = try values.removeValue(forKey: "split").map(Field.init)
        references = try values.removeValue(forKey: "references")?.list().map(Field.init) ?? []
        others = try values.mapValues(Field.init)
    }

    /// Checks every expression that is no capture.
    fileprivate func check(in node: RecipeNode, valid: String, _ isValid: (String) -> Bool) throws {
        for field in all where field.captureName == nil && !isValid(field.expression) {
            throw node.invalid(
                "the field \(field.expression) is not an expression of this format", valid: valid)
        }
    }
}

extension Field {
    fileprivate init(_ node: RecipeNode) throws {
        let text = try node.text()
        guard !text.isEmpty, text != "?" else { throw node.invalid("\(node.path) is empty") }
        self.init(written: text)
    }
}

extension PreferenceMapping {
    fileprivate init(_ node: RecipeNode) throws {
        let values = try node.mapping(keys: nil)
        _ = try values.required(Self.chosen, in: node)
        _ = try values.required(Self.rejected, in: node)
        fields = try FieldMapping(node)
        guard fields.references.isEmpty else { throw node.invalid("preferences have no references") }
        try fields.check(in: node, valid: "a path like metadata.title or a[0].b") { JSONPath($0) != nil }
    }
}

extension CleaningRules {
    fileprivate init(_ node: RecipeNode) throws {
        let values = try node.mapping(keys: ["min-characters", "max-characters", "drop-duplicates"])
        if let value = values["min-characters"] { minCharacters = try value.integer() }
        maxCharacters = try values["max-characters"]?.integer()
        if let value = values["drop-duplicates"] { dropDuplicates = try value.boolean() }
        if let maxCharacters, maxCharacters < minCharacters {
            throw node.invalid("max-characters is less than min-characters")
        }
    }
}

extension SplitFractions {
    fileprivate init(_ node: RecipeNode) throws {
        let values = try node.mapping(keys: ["validation", "test"])
        if let value = values["validation"] { validation = try value.fraction() }
        if let value = values["test"] { test = try value.fraction() }
        guard validation + test <= 1 else { throw node.invalid("the shares of split add up to more than 1") }
    }
}
