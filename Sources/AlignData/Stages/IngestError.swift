/// What keeps a corpus from being taken in at all.
public enum IngestError: DescribedError, Hashable {
    case noSources
    case missingSource(path: String)
    case unreadableSource(path: String, reason: String)
    /// Nothing below `path` is what the recipe asks for; `seen` are a few of the paths that are there.
    case nothingMatched(path: String, seen: [String], patterns: [String])
    /// The files that the recipe takes hold nothing.
    case noRecords(path: String)
    /// Most of a file is not what the recipe says: `detail` is what is wrong with the first of the failures.
    case unlikeRecipe(file: String, records: Int, failures: Int, looksLike: String?, detail: String)
    /// Labelled preferences were asked of a recipe that does not say how to read them.
    case noPreferences(recipe: String)

    public var category: FailureCategory {
        switch self {
        case .noSources, .nothingMatched, .noPreferences: .usage
        case .noRecords: .badData
        case .unlikeRecipe: .tooManyRejections
        case .missingSource, .unreadableSource: .inputOutput
        }
    }

    public var summary: String {
        switch self {
        case .noSources: "no source was given"
        case .missingSource: "the source does not exist"
        case .unreadableSource(_, let reason): "the source cannot be read: \(reason)"
        case .nothingMatched(_, let seen, let patterns):
            "no file of the source matches the recipe, which takes \(patterns.joined(separator: ", "))"
                + (seen.isEmpty ? "; the source is empty" : "; there is \(seen.joined(separator: ", "))")
        case .noRecords: "the files that the recipe takes hold no record"
        case .unlikeRecipe(_, let records, let failures, let looksLike, let detail):
            "\(failures) of the first \(records) records cannot be taken, the first because " + detail
                + (looksLike.map { "; the lines look like \($0)" } ?? "")
        case .noPreferences(let recipe): "the recipe \(recipe) does not say how to read preferences"
        }
    }

    public var location: String? {
        switch self {
        case .noSources, .noPreferences: nil
        case .missingSource(let path), .unreadableSource(let path, _), .nothingMatched(let path, _, _),
            .noRecords(let path), .unlikeRecipe(let path, _, _, _, _):
            path
        }
    }

    public var hint: String? {
        switch self {
        case .noSources: "name a folder, a file or an archive"
        case .missingSource, .unreadableSource: nil
        case .noRecords: "look whether the files are empty, or choose others with files: and except:"
        case .unlikeRecipe:
            "`--dry-run` shows the first records as the recipe takes them; `align-data recipes` lists others"
        case .nothingMatched:
            "choose another recipe, or write the patterns of your own so that they match these paths"
        case .noPreferences: "add a preferences block with document, chosen and rejected to a recipe"
        }
    }
}
