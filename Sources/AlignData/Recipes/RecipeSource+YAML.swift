extension RecipeSource {
    private static let keys = [
        "files", "except", "format", "record", "each", "fields", "summaries", "where", "completions",
        "columns", "delimiter", "many-roots", "encoding", "repair", "split",
    ]

    /// One of the `sources:` of a recipe.
    init(_ node: RecipeNode) throws {
        var values = try node.mapping(keys: Self.keys + ["documents", "title"])
        let format: Format = try values.required("format", in: node).choice()
        let hasTitleLine = try values.removeValue(forKey: "title").map { title in
            guard format == .text, try title.text() == "first-line" else {
                throw title.invalid("\(title.path) is not known", valid: "first-line, of text")
            }
            return true
        }
        if format == .text, let documents = values.removeValue(forKey: "documents") {
            values["files"] = documents
        }
        let fields: FieldMapping
        if format == .text, values["fields"] == nil {
            fields = FieldMapping(wholeText: hasTitleLine ?? false)
        } else {
            let node = try values.required("fields", in: node)
            fields = try FieldMapping(node.mapping(keys: nil), in: node)
        }
        try self.init(values, fields: fields, defaultFormat: format, in: node)
        if values["fields"] == nil, captureNames.contains("key") { self.fields.id = Field("{key}") }
    }

    /// - Parameters:
    ///   - defaultFiles: the pattern that stands for a missing `files`; `nil` where there must be one.
    ///   - node: where errors say that something is missing.
    init(
        _ values: [String: RecipeNode], fields: FieldMapping, defaultFormat: Format,
        defaultFiles: String? = nil, in node: RecipeNode
    ) throws {
        let files: [FilePattern]
        if let defaultFiles, values["files"] == nil {
            files = [try FilePattern(defaultFiles)]
        } else {
            files = try values.required("files", in: node).list().map(FilePattern.init)
        }
        self.init(files: files, format: try values["format"]?.choice() ?? defaultFormat, fields: fields)
        except = try values["except"]?.list().map(FilePattern.init) ?? []
        summaries = try values["summaries"]?.list().map(FilePattern.init) ?? []
        each = try values["each"]?.texts() ?? []
        conditions = try values["where"]?.list().map(Condition.init) ?? []
        completions = try values["completions"].map(Completions.init)
        columns = try values["columns"]?.texts()
        if let value = values["many-roots"] { hasManyRoots = try value.boolean() }
        if let value = values["encoding"] {
            if format == .xml || format == .html {
                markupEncoding = try value.choice()
            } else {
                encoding = try value.choice()
            }
        }
        delimiter = try values["delimiter"].map { try Self.delimiter($0) }
        repair = try values["repair"]?.choice()
        record = try values["record"]?.text()
        split = try values["split"].map { node in
            guard let split = Split(published: try node.text()) else {
                throw node.invalid(
                    "\(node.path) is not a split",
                    valid: "train, validation or test; or capture {split} in files")
            }
            return split
        }
        try checkRecord(values, in: node)
        try checkCombinations(values, in: node)
        let owner = values["fields"] ?? node
        for field in allFields { try checkPaths(of: field, in: owner) }
        if let node = values["each"] {
            for path in each { try check(path, in: node) }
        }
    }

    private static func delimiter(_ node: RecipeNode) throws -> String {
        let text = try node.text()
        let character = text == "tab" || text == "\\t" ? "\t" : text
        guard character.utf8.count == 1, let byte = character.utf8.first, byte < 0x80,
            byte == 0x09 || byte >= 0x20, byte != UInt8(ascii: "\""), byte != 0x7F
        else {
            throw node.invalid(
                "\(node.path) is not a single character",
                valid: "one like ';' or '|', or tab; not a quotation mark")
        }
        return character
    }

    /// Every path of the source that starts at a record.
    var allPaths: [String] {
        let own = fields.all + conditions.map(\.field)
        let starts = each.isEmpty ? own.flatMap(Self.starts) + completionStarts : each
        // What an `each` selects is followed further, and `^` leads back.
        return starts + (each.isEmpty ? [] : own.flatMap(Self.starts).filter { $0.hasPrefix("^") })
    }

    private var completionStarts: [String] {
        guard let completions else { return [] }
        return completions.each.map { [$0] } ?? completions.fields.flatMap(Self.starts)
    }

    /// A field's paths, or those of its template where it has none.
    private static func starts(of field: Field) -> [String] {
        if field.captureName != nil { return [] }
        let inTemplate = field.template?.paths ?? []
        return field.paths.isEmpty ? inTemplate : field.paths + inTemplate.filter { $0.hasPrefix("^") }
    }

    private var allFields: [Field] {
        fields.all + conditions.map(\.field) + (completions?.fields ?? [])
            + [completions?.each].compactMap { $0.map { Field($0) } }
    }

    private func checkRecord(_ values: [String: RecipeNode], in node: RecipeNode) throws {
        switch format {
        case .jsonLines, .csv, .tsv:
            if let value = values["record"] {
                throw value.invalid("every line is a record here", valid: "leave record away")
            }
        case .json:
            guard let value = values["record"], let record else { return }
            guard let path = JSONPath(record), !path.isOuter else {
                throw value.invalid(
                    "\(value.path) is not a JSON path", valid: "a path to the records like data[*]")
            }
        case .xml:
            let value = try values.required("record", in: node)
            guard ElementPath(record ?? "") != nil else {
                throw value.invalid(
                    "\(value.path) is not a path of elements",
                    valid: "names and slashes like /set/article or //article; conditions go to where")
            }
        case .html:
            guard let value = values["record"], let record else { return }
            guard XPath(record) != nil else {
                throw value.invalid(
                    "\(value.path) is not XPath", valid: "an XPath 1.0 expression like //article")
            }
        case .text:
            if let value = values["record"] { _ = try value.choice() as TextRecord }
        }
    }

    private func checkCombinations(_ values: [String: RecipeNode], in node: RecipeNode) throws {
        if let value = values["columns"], format != .csv && format != .tsv {
            throw value.invalid("columns are of csv and tsv", valid: "leave columns away")
        }
        if let value = values["many-roots"], format != .xml {
            throw value.invalid("many-roots is of xml", valid: "leave many-roots away")
        }
        if let value = values["delimiter"], format != .csv {
            throw value.invalid("delimiter is of csv", valid: "leave delimiter away")
        }
        if let value = values["each"], ![.jsonLines, .json, .xml, .html].contains(format) {
            throw value.invalid("each is of jsonl, json, xml and html", valid: "leave each away")
        }
        if let value = values["completions"], completions?.each != nil,
            ![.jsonLines, .json, .xml, .html].contains(format)
        {
            throw value.invalid(
                "\(value.path).each is of jsonl, json, xml and html",
                valid: "leave each away where a row is a completion")
        }
        guard let value = values["summaries"] else { return }
        guard let links = summaryLinks else {
            throw value.invalid(
                "files has \(files.count) patterns and summaries \(summaries.count)",
                valid: "a pattern of summaries for each of files, one for all, or one of files alone")
        }
        guard links.allSatisfy(\.link.hasNames) else {
            throw value.invalid(
                "files and summaries capture nothing in common",
                valid: "a name in braces in both, like documents/{key}.txt and summaries/{key}.txt")
        }
    }

    private func checkPaths(of field: Field, in node: RecipeNode) throws {
        for path in field.paths { try check(path, in: node) }
        for path in field.template?.paths ?? [] where !captureNames.contains(path) {
            try check(path, in: node)
        }
    }

    private func check(_ path: String, in node: RecipeNode) throws {
        if let name = Field.captureName(path) {
            guard !captureNames.contains(name) else { return }
            throw node.invalid(
                "{\(name)} is nothing that the patterns of files capture",
                valid: captureNames.isEmpty
                    ? "put {\(name)} into a pattern"
                    : "captured: \(captureNames.sorted().joined(separator: ", "))")
        }
        let valid: String?
        switch format {
        case .jsonLines, .json:
            valid = JSONPath(path) == nil ? "a path like metadata.title, a[0].b, a[*].b or ['a.b']" : nil
        case .xml, .html: valid = XPath(path) == nil ? "an XPath 1.0 expression like title or @id" : nil
        case .csv, .tsv:
            let known = columns ?? [path]
            valid = known.contains(path) ? nil : "one of the columns \(known.joined(separator: ", "))"
        case .text:
            let isField = textRecord == .stanza || path == RecipeSource.textField
            valid = isField ? nil : "\(RecipeSource.textField), or {name} for what a pattern captured"
        }
        if let valid {
            throw node.invalid("the field \(path) is not an expression of this format", valid: valid)
        }
    }
}

extension FieldMapping {
    /// A text file is the document.
    init(wholeText hasTitleLine: Bool) {
        let text = RecipeSource.textField
        self.init(document: Field(text))
        guard hasTitleLine else { return }
        document = Field(paths: [text], edits: [.keep(.rest)])
        title = Field(paths: [text], edits: [.keep(.first)])
    }
}

extension RecipeSource.Condition {
    fileprivate init(_ node: RecipeNode) throws {
        let values = try node.mapping(keys: ["path", "is", "not", "exists"])
        field = try Field(values.required("path", in: node))
        field.isOptional = true
        switch (values["is"], values["not"], values["exists"]) {
        case (let value?, nil, nil): rule = .isOneOf(try value.texts())
        case (nil, let value?, nil): rule = .isNoneOf(try value.texts())
        case (nil, nil, let value?): rule = .exists(try value.boolean())
        default:
            throw node.invalid(
                "\(node.path) needs one rule",
                valid: "one of is: [texts], not: [texts], exists: true or false")
        }
    }
}

extension RecipeSource.Completions {
    /// The path of the record itself.
    private static let record = "."

    /// All of them, in a fixed order.
    fileprivate var fields: [Field] {
        [text] + [policy].compactMap { $0 } + scores.sorted { $0.key < $1.key }.map(\.value)
    }

    fileprivate init(_ node: RecipeNode) throws {
        let values = try node.mapping(keys: ["each", "text", "policy", "scores"])
        each = try values["each"]?.text()
        if each == Self.record { each = nil }
        text = try Field(values.required("text", in: node))
        policy = try values["policy"].map(Field.init)
        scores = try values["scores"]?.mapping(keys: nil).mapValues(Field.init) ?? [:]
    }
}

extension FilePattern {
    fileprivate init(_ node: RecipeNode) throws {
        do {
            try self.init(try node.text())
        } catch let fault as PathPattern.Fault {
            throw node.invalid(
                "\(node.path) is not a pattern: \(fault.detail)",
                valid: "a glob like **/*.jsonl, with {name} to capture, archive!member for members")
        }
    }
}
