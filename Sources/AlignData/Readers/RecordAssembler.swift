/// Makes records of the pieces that a reader finds, the same way for every format.
struct RecordAssembler<Node: RecordNode> {
    /// The reason of a rejection for want of a field.
    static var missingField: String { "missing-field" }
    /// The field is there, and the line that its text is cut at is not.
    static var missingMarker: String { "missing-marker" }
    /// A field that has one value has several.
    static var severalValues: String { "several-values" }

    private struct CompiledField {
        var name: String
        var field: Field
        var paths: [Node.Path]
        var templatePaths: [String: Node.Path]
    }

    private struct CompiledCompletions {
        /// `nil`: the record itself is a completion.
        var each: Node.Path?
        var text: CompiledField
        var policy: CompiledField?
        var scores: [CompiledField]
    }

    private let split: Split?
    /// What stands between the parts of a document that is stored as a list.
    private let separator: String
    private let each: [Node.Path]
    private let document: CompiledField
    private let title: CompiledField?
    private let id: CompiledField?
    private let splitField: CompiledField?
    private let references: [CompiledField]
    private let others: [CompiledField]
    private let extra: [CompiledField]
    private let conditions: [(field: CompiledField, rule: RecipeSource.Condition.Rule)]
    private let completions: CompiledCompletions?

    /// A recipe has checked that all paths are of the format.
    init(_ source: RecipeSource, separator: String) {
        func compile(_ name: String, _ field: Field) -> CompiledField {
            let captures = source.captureNames
            var templatePaths: [String: Node.Path] = [:]
            for path in field.template?.paths ?? [] where !captures.contains(path) {
                templatePaths[path] = Node.path(path)
            }
            return CompiledField(
                name: name, field: field,
                paths: field.captureName == nil ? field.paths.compactMap { Node.path($0) } : [],
                templatePaths: templatePaths)
        }
        let fields = source.fields
        split = source.split
        self.separator = separator
        each = source.each.compactMap { Node.path($0) }
        document = compile("document", fields.document)
        title = fields.title.map { compile("title", $0) }
        id = fields.id.map { compile("id", $0) }
        splitField = fields.split.map { compile("split", $0) }
        references = fields.references.map { compile("references", $0) }
        others = fields.others.sorted { $0.key < $1.key }.map { compile($0.key, $0.value) }
        extra = fields.sortedExtra.map { compile($0.name, $0.field) }
        conditions = source.conditions.map { (compile("where", $0.field), $0.rule) }
        completions = source.completions.map { completions in
            CompiledCompletions(
                each: completions.each.flatMap { Node.path($0) },
                text: compile("completions.text", completions.text),
                policy: completions.policy.map { compile("completions.policy", $0) },
                scores: completions.scores.sorted { $0.key < $1.key }.map { compile($0.key, $0.value) })
        }
    }

    /// Hands out a record for `node`, or for everything that `each` selects in it.
    /// - Parameter summaries: texts of files that belong to this one; they follow the fields' own.
    func handOut(
        _ node: Node, origin: FileOrigin, provenance: Provenance, summaries: [String] = [],
        excerpt: () -> String, to handler: RecordHandler
    ) throws {
        if each.isEmpty {
            return try handler(outcome(node, origin, provenance, summaries, excerpt))
        }
        let parts = each.flatMap { node.select($0) }.flatMap(\.elements)
        if parts.isEmpty {
            let detail = "nothing in the record is what each selects" + Self.listing(node)
            try handler(
                .rejection(Rejection(ingest: Self.missingField, detail, at: provenance, excerpt: excerpt())))
        }
        for part in parts { try handler(outcome(part, origin, provenance, summaries, excerpt)) }
    }

    private func outcome(
        _ node: Node, _ origin: FileOrigin, _ provenance: Provenance, _ summaries: [String],
        _ excerpt: () -> String
    ) -> RecordOutcome {
        do {
            for (field, rule) in conditions {
                guard try holds(rule, field, origin, node) else {
                    return .unselected(provenance)
                }
            }
            return .record(try record(node, origin, provenance, summaries))
        } catch let trouble {
            return .rejection(
                Rejection(ingest: trouble.reason, trouble.detail, at: provenance, excerpt: excerpt()))
        }
    }

    private func holds(
        _ rule: RecipeSource.Condition.Rule, _ compiled: CompiledField, _ origin: FileOrigin, _ node: Node
    ) throws(Trouble) -> Bool {
        if case .exists(let exists) = rule, compiled.field.edits.isEmpty, compiled.field.template == nil,
            compiled.paths.contains(where: { node.select($0).contains(where: \.existsWithoutText) })
        {
            return exists
        }
        let texts = try texts(compiled, origin, node)
        return switch rule {
        case .isOneOf(let values): texts.contains { values.contains($0) }
        case .isNoneOf(let values): !texts.contains { values.contains($0) }
        case .exists(let exists): texts.contains { !$0.isEmpty } == exists
        }
    }

    private func record(
        _ node: Node, _ origin: FileOrigin, _ provenance: Provenance, _ summaries: [String]
    ) throws(Trouble) -> SourceRecord {
        let text = try texts(document, origin, node).joined(separator: separator)
        var record = SourceRecord(document: text, provenance: provenance)
        if let title { record.title = try texts(title, origin, node).joined(separator: " ") }
        if let id { record.sourceID = try single(id, origin, node) }
        for field in references { record.references += try texts(field, origin, node) }
        record.references += summaries
        for field in others {
            record.fields[field.name] = try texts(field, origin, node).joined(separator: separator)
        }
        for field in extra {
            let found = try texts(field, origin, node)
            if !found.isEmpty { record.extra[field.name] = found.joined(separator: separator) }
        }
        record.completions = try completions(node, origin)
        var published = origin.captures["split"]
        if let splitField { published = try single(splitField, origin, node) ?? published }
        record.split = split
        if split == nil, let published {
            guard let split = Split(published: published) else {
                throw Trouble(
                    reason: "unknown-split",
                    detail: "the split is none of train, validation, test and their usual other names")
            }
            record.split = split
        }
        return record
    }

    private func completions(_ node: Node, _ origin: FileOrigin) throws(Trouble) -> [SourceCompletion] {
        guard let completions else { return [] }
        var all: [SourceCompletion] = []
        for part in completions.each.map({ node.select($0).flatMap(\.elements) }) ?? [node] {
            let found = try texts(completions.text, origin, part)
            if completions.each == nil, found.count != 1 {
                if found.isEmpty { continue }
                throw Trouble(
                    reason: "unusable-field",
                    detail: "the completions.text field (\(completions.text.field.expression)) is a list; "
                        + "each of completions selects the completions of a list")
            }
            var completion = SourceCompletion(text: found.joined(separator: separator))
            if let policy = completions.policy {
                completion.policy = try single(policy, origin, part).flatMap { $0.isEmpty ? nil : $0 }
            }
            for score in completions.scores {
                guard let text = try single(score, origin, part).map(TextCleaner.trimmed) else {
                    continue
                }
                // A row has all columns of its file.
                if text.isEmpty, score.field.isOptional { continue }
                guard let value = Double(text), value.isFinite else {
                    throw Trouble(
                        reason: "unusable-score", detail: "the score \(score.name) is not a finite number")
                }
                completion.scores[score.name] = value
            }
            all.append(completion)
        }
        return all
    }

    private struct Trouble: Error {
        var reason: String
        var detail: String
    }

    // MARK: - Fields

    /// The text of a field that means a single one.
    private func single(
        _ compiled: CompiledField, _ origin: FileOrigin, _ node: Node
    ) throws(Trouble) -> String? {
        let texts = try texts(compiled, origin, node)
        if texts.count > 1 { throw several(texts.count, compiled) }
        return texts.first
    }

    private func several(_ count: Int, _ compiled: CompiledField) -> Trouble {
        Trouble(
            reason: Self.severalValues,
            detail:
                "the \(compiled.name) field (\(compiled.field.expression)) has \(count) values, and the recipe"
                + " does not say which counts (take: first, mean or median)")
    }

    /// What the recipe takes of several texts.
    private func take(
        _ take: Field.Take, of texts: [String], _ compiled: CompiledField
    ) throws(Trouble) -> [String] {
        guard take == .mean || take == .median, !texts.isEmpty else {
            if take == .only, texts.count > 1 { throw several(texts.count, compiled) }
            return Array(texts.prefix(1))
        }
        let values = texts.compactMap { Double(TextCleaner.trimmed($0)) }.filter(\.isFinite).sorted()
        guard values.count == texts.count else {
            throw Trouble(
                reason: "unusable-score",
                detail:
                    "a value of the \(compiled.name) field (\(compiled.field.expression)) is not a finite number"
            )
        }
        let middle = values.count / 2
        let median = values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
        let mean = values.reduce(0, +) / Double(values.count)
        return ["\(take == .mean ? mean : median)"]
    }

    private func texts(
        _ compiled: CompiledField, _ origin: FileOrigin, _ node: Node
    ) throws(Trouble) -> [String] {
        let field = compiled.field
        var texts: [String] = []
        if let capture = field.captureName {
            if let text = origin.captures[capture] { texts.append(text) }
        } else {
            for part in field.paths.isEmpty ? [node] : compiled.paths.flatMap({ node.select($0) }) {
                if let template = field.template {
                    if let text = try fill(template, compiled, part, origin) { texts.append(text) }
                    continue
                }
                switch part.content {
                case .texts(let found): texts += found
                case .missing: continue
                case .broken: throw Self.broken(compiled)
                case .unusable(let detail):
                    throw Trouble(
                        reason: "unusable-field",
                        detail: "the \(compiled.name) field (\(field.expression)) \(detail)")
                }
            }
            if texts.isEmpty, isEmptyList(compiled, node) { return [] }
        }
        var missingMarker: LineMarker?
        for edit in field.edits {
            let edited = texts.flatMap { edit.applied(to: $0) }
            if edited.isEmpty && !texts.isEmpty { missingMarker = edit.marker }
            texts = edited
        }
        if let take = field.take { texts = try self.take(take, of: texts, compiled) }
        if let join = field.join, !texts.isEmpty { texts = [texts.joined(separator: join)] }
        if texts.isEmpty, !field.isOptional, let missingMarker {
            throw Trouble(
                reason: Self.missingMarker,
                detail:
                    "the \(compiled.name) field (\(field.expression)) is in the record, but no line of it is the"
                    + " marker '\(missingMarker.text)'")
        }
        if texts.isEmpty, !field.isOptional {
            throw Trouble(
                reason: Self.missingField,
                detail: "the \(compiled.name) field (\(field.expression)) is not in the record"
                    + Self.listing(node))
        }
        return texts
    }

    private static func broken(_ compiled: CompiledField) -> Trouble {
        Trouble(
            reason: JSONLine.loneSurrogate,
            detail:
                "the \(compiled.name) field (\(compiled.field.expression)) \(JSONLine.holdsLoneSurrogate)")
    }

    /// A list without elements is there: no summaries is a valid number of summaries.
    private func isEmptyList(_ compiled: CompiledField, _ node: Node) -> Bool {
        guard compiled.field.template == nil else { return false }
        return compiled.paths.contains { path in
            node.select(path).contains { if case .texts = $0.content { true } else { false } }
        }
    }

    /// `nil` when something is missing that must be there.
    private func fill(
        _ template: FieldTemplate, _ compiled: CompiledField, _ node: Node, _ origin: FileOrigin
    ) throws(Trouble) -> String? {
        var text = ""
        for part in template.parts {
            switch part {
            case .literal(let literal): text += literal
            case .path(let name, let isOptional):
                if let capture = origin.captures[name] {
                    text += capture
                    continue
                }
                guard let path = compiled.templatePaths[name] else { return nil }
                var texts: [String] = []
                for part in node.select(path) {
                    switch part.content {
                    case .texts(let found): texts += found
                    case .broken: throw Self.broken(compiled)
                    case .missing, .unusable: continue
                    }
                }
                guard !texts.isEmpty || isOptional else { return nil }
                text += texts.joined(separator: separator)
            }
        }
        return text
    }

    /// What stands before the names that a record has.
    static var listed: String { ", which has " }

    /// `, which has id, post, title and 2 others`: the names that look like names, not like anybody's text.
    static func listing(_ node: Node) -> String {
        let names = node.fieldNames.filter { name in
            name.utf8.count <= 40
                && name.utf8.allSatisfy { $0 == 0x5F || $0 == 0x2D || $0 == 0x2E || isAlphanumeric($0) }
        }
        let others = node.fieldNames.count - names.count
        if names.isEmpty { return "" }
        return listed + names.map(Node.written).joined(separator: ", ")
            + (others == 0 ? "" : others == 1 ? " and 1 other" : " and \(others) others")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
