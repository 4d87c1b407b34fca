extension FieldMapping {
    /// The names under which a prompt template may use the fields.
    var names: Set<String> {
        Set(others.keys).union(["document"]).union(title == nil ? [] : ["title"])
    }

    /// The `fields:` of a source.
    init(_ values: [String: RecipeNode], in node: RecipeNode) throws {
        var values = values
        self.init(document: try Field(values.required("document", in: node)))
        values["document"] = nil
        title = try values.removeValue(forKey: "title").map(Field.init)
        id = try values.removeValue(forKey: "id").map(Field.init)
        split = try values.removeValue(forKey: "split").map(Field.init)
        references = try values.removeValue(forKey: "references")?.list().map(Field.init) ?? []
        extra = try values.removeValue(forKey: "extra").map(Self.extra)
        others = try values.mapValues(Field.init)
    }

    /// A list of paths, each under its own name, or fields by name.
    private static func extra(_ node: RecipeNode) throws -> [String: Field] {
        var extra: [String: Field] = [:]
        func add(_ name: String, _ field: Field, at node: RecipeNode) throws {
            guard !name.isEmpty, !reservedNames.contains(name) else {
                throw node.invalid(
                    "an extra field cannot be named \(name)",
                    valid: "another name, as in extra: {my_\(name): path}; a record's own id is mapped as id")
            }
            guard extra.updateValue(field, forKey: name) == nil else {
                throw node.invalid("the extra field \(name) stands twice")
            }
        }
        if node.isMapping {
            for (name, value) in try node.mapping(keys: nil).sorted(by: { $0.key < $1.key }) {
                try add(name, Field(value), at: value)
            }
        } else {
            for value in node.list() {
                let field = Field(written: try value.text())
                var name = field.captureName ?? field.expression
                if let path = JSONPath(name), !path.isOuter, path.steps.count == 1,
                    case .key(let key) = path.steps[0]
                {
                    name = key
                }
                try add(name, field, at: value)
            }
        }
        guard !extra.isEmpty else {
            throw node.invalid("\(node.path) is empty", valid: "paths, or names with paths")
        }
        return extra
    }
}

extension Field {
    private static let keys = [
        "path", "template", "replace", "markup", "before", "after", "after-each", "lines", "join", "take",
        "optional",
    ]

    init(_ node: RecipeNode) throws {
        if node.isMapping {
            try self.init(properties: node.mapping(keys: Self.keys), in: node)
        } else {
            let paths = try node.texts()
            guard !paths.isEmpty, paths.allSatisfy({ !$0.isEmpty && $0 != "?" }) else {
                throw node.invalid(
                    "\(node.path) is empty", valid: "a path, a list of paths, or a mapping with a path")
            }
            let fields = paths.map { Field(written: $0) }
            self.init(
                paths: fields.flatMap(\.paths), isOptional: fields.allSatisfy(\.isOptional))
        }
    }

    private init(properties values: [String: RecipeNode], in node: RecipeNode) throws {
        guard values["path"] != nil || values["template"] != nil else {
            throw node.invalid(
                "\(node.path) has neither a path nor a template", valid: "a path, a template, or both")
        }
        self.init(paths: try values["path"]?.texts() ?? [])
        if paths.count == 1, paths[0].hasSuffix("?") { self = Field(written: paths[0]) }
        if let value = values["optional"] { isOptional = try value.boolean() }
        if let value = values["template"] {
            do {
                template = try FieldTemplate(try value.text())
            } catch let fault as FieldTemplate.Fault {
                throw value.invalid(
                    "\(value.path) is not a template: \(fault.detail)", valid: "text with paths in braces")
            }
        }
        if let value = values["replace"] {
            // The longest first, so that one may begin like another.
            edits += try value.mapping(keys: nil).map { ($0, try $1.text()) }
                .sorted { ($1.0.count, $0.0) < ($0.0.count, $1.0) }.map { .replace($0, with: $1) }
        }
        if let value = values["markup"] { edits.append(.strip(try value.choice())) }
        if let value = values["before"] { edits.append(.before(LineMarker(try value.text()))) }
        if let value = values["after"] { edits.append(.after(LineMarker(try value.text()))) }
        if let value = values["after-each"] { edits.append(.afterEach(LineMarker(try value.text()))) }
        if let value = values["lines"] { edits.append(.keep(try value.choice())) }
        join = try values["join"]?.text()
        take = try values["take"]?.choice()
        if take != nil, let value = values["join"] {
            throw value.invalid("join leaves nothing to take from", valid: "either join or take")
        }
    }
}
