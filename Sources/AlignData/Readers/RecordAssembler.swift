/// Makes records of the fields that a reader finds, the same way for every format.
struct RecordAssembler {
    enum Value {
        case texts([String])
        case missing
        /// Found, but nothing that is a text: a sentence that says what would be.
        case unusable(String)
    }

    let mapping: FieldMapping
    /// The split of every record, where the recipe fixes it.
    let split: Split?
    /// What stands between the parts of a document that is stored as a list.
    let separator: String

    func outcome(
        origin: FileOrigin, provenance: Provenance, excerpt: () -> String, value: (Field) -> Value
    ) -> RecordOutcome {
        do {
            return .record(try record(origin: origin, provenance: provenance, value: value))
        } catch let trouble {
            return .rejection(
                Rejection(ingest: trouble.reason, trouble.detail, at: provenance, excerpt: excerpt()))
        }
    }

    private func record(
        origin: FileOrigin, provenance: Provenance, value: (Field) -> Value
    ) throws(Trouble) -> SourceRecord {
        let document = try texts("document", mapping.document, origin, value)
        var record = SourceRecord(document: document.joined(separator: separator), provenance: provenance)
        if let field = mapping.title {
            record.title = try texts("title", field, origin, value).joined(separator: " ")
        }
        if let field = mapping.id { record.sourceID = try texts("id", field, origin, value).first }
        for field in mapping.references { record.references += try texts("references", field, origin, value) }
        for (name, field) in mapping.others.sorted(by: { $0.key < $1.key }) {
            record.fields[name] = try texts(name, field, origin, value).joined(separator: separator)
        }
        var published = origin.captures["split"]
        if let field = mapping.split {
            published = try texts("split", field, origin, value).first ?? published
        }
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

    private struct Trouble: Error {
        var reason: String
        var detail: String
    }

    private func texts(
        _ name: String, _ field: Field, _ origin: FileOrigin, _ value: (Field) -> Value
    ) throws(Trouble) -> [String] {
        let found: Value
        if let capture = field.captureName {
            found = origin.captures[capture].map { .texts([$0]) } ?? .missing
        } else {
            found = value(field)
        }
        switch found {
        case .texts(let texts): return texts
        case .missing where field.isOptional: return []
        case .missing:
            throw Trouble(
                reason: "missing-field",
                detail: "the \(name) field (\(field.expression)) is not in the record")
        case .unusable(let detail):
            throw Trouble(
                reason: "unusable-field", detail: "the \(name) field (\(field.expression)) \(detail)")
        }
    }
}
