/// Counts the records that have each of the fields that may be missing, so that a path that leads nowhere is noticed:
/// a corpus without titles and a mistake in the path of `title` look alike otherwise.
struct FieldCensus {
    private enum Part: Hashable {
        case id, title, split, references, completions
        case field(String)
        case extra(String)
        case score(String)

        /// As the recipe has it.
        var name: String {
            switch self {
            case .id: "id"
            case .title: "title"
            case .split: "split"
            case .references: "references"
            case .completions: "completions"
            case .field(let name), .extra(let name), .score(let name): name
            }
        }

        var isOfCompletions: Bool { self == .references || self == .completions }

        func isIn(_ record: SourceRecord) -> Bool {
            switch self {
            case .id: record.sourceID != nil
            case .title: record.title?.isEmpty == false
            case .split: record.split != nil
            case .references: !record.references.isEmpty
            case .completions: !record.completions.isEmpty
            case .field(let name): record.fields[name]?.isEmpty == false
            case .extra(let name): record.extra[name] != nil
            case .score(let name): record.completions.contains { $0.scores[name] != nil }
            }
        }
    }

    private var counts: [(part: Part, count: Int)]

    init(_ recipe: Recipe) { counts = Self.parts(of: recipe).map { ($0.part, 0) } }

    mutating func take(_ record: SourceRecord) {
        for index in counts.indices where counts[index].part.isIn(record) { counts[index].count += 1 }
    }

    /// What was counted since the last call, by the names of the manifest.
    mutating func takeNotes() -> [String: Int] {
        var notes: [String: Int] = [:]
        for index in counts.indices where counts[index].count > 0 {
            notes[Self.note(counts[index].part.name), default: 0] += counts[index].count
            counts[index].count = 0
        }
        return notes
    }

    private static func note(_ name: String) -> String { "with-" + name }

    /// The fields that a record of some source may lack, with the paths that the recipe gives them; in a fixed order.
    private static func parts(of recipe: Recipe) -> [(part: Part, path: String)] {
        var parts: [(part: Part, path: String)] = []
        func add(_ part: Part, _ path: String) {
            if !parts.contains(where: { $0.part == part }) { parts.append((part, path)) }
        }
        for source in recipe.sources {
            let fields = source.fields
            func addOptional(_ part: Part, _ field: Field?) {
                if let field, field.isOptional { add(part, field.expression) }
            }
            addOptional(.id, fields.id)
            addOptional(.title, fields.title)
            addOptional(.split, fields.split)
            if !fields.references.isEmpty {
                add(.references, fields.references.map(\.expression).joined(separator: ", "))
            }
            for (name, field) in fields.others.sorted(by: { $0.key < $1.key }) {
                addOptional(.field(name), field)
            }
            for (name, field) in fields.sortedExtra { addOptional(.extra(name), field) }
            if let completions = source.completions {
                add(.completions, completions.each ?? completions.text.expression)
                for (name, field) in completions.scores.sorted(by: { $0.key < $1.key }) {
                    addOptional(.score(name), field)
                }
            }
        }
        return parts
    }

    // MARK: - What a person is told

    /// What the counts of a corpus say of the recipe that it was made by. A built-in recipe serves many people's files,
    /// so of its fields only the summaries and completions are missed.
    static func notes(of recipe: Recipe, _ manifest: Manifest) -> [String] {
        var notes: [String] = []
        let counts = manifest.counts
        // Sets of version 1 do not say.
        if counts.recordsOut > 0, manifest.formatVersion > 1 {
            let isBuiltIn = (try? Recipe.named(recipe.name))?.sources == recipe.sources
            let missing = parts(of: recipe).filter {
                counts.noted[note($0.part.name)] == nil && (!isBuiltIn || $0.part.isOfCompletions)
            }
            if !missing.isEmpty {
                let list = missing.map { "\($0.part.name) (\($0.path))" }.joined(separator: ", ")
                notes.append("no record has \(list): correct the paths, or leave them out of the recipe")
            }
        }
        let unused = recipe.unusedFields
        if !unused.isEmpty {
            notes.append(
                "mapped, and used by nothing: \(unused.joined(separator: ", ")); name them in the prompt, or list them"
                    + " under extra")
        }
        return notes
    }
}
