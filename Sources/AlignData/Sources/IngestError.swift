/// What keeps a corpus from being taken in at all.
public enum IngestError: DescribedError, Hashable {
    case noSources
    case missingSource(path: String)
    case unreadableSource(path: String, reason: String)
    /// Nothing below `path` is what the recipe asks for; `seen` are paths and members that are there, beside `more`
    /// others, and `passedOver` says what might have matched but is no file to read.
    case nothingMatched(path: String, seen: [String], more: Int, patterns: [String], passedOver: String?)
    /// The files that the recipe takes hold nothing.
    case noRecords(path: String)
    /// Most of a file is not what the recipe says: `detail` is what is wrong with the first of the failures.
    case unlikeRecipe(file: String, records: Int, failures: Int, looksLike: String?, detail: String)
    /// Labelled preferences were asked of a recipe that does not say how to read them.
    case noPreferences(recipe: String)
    /// A corpus was asked of a recipe that says only how to read labelled preferences.
    case onlyPreferences(recipe: String)

    /// A summary file that could belong to either of two documents.
    case sharedSummary(summary: String, documents: [String])
    /// Two summary files of which only one can be meant.
    case ambiguousSummaries(document: String, summaries: [String])

    public var category: FailureCategory {
        switch self {
        case .noSources, .nothingMatched, .noPreferences, .onlyPreferences: .usage
        case .noRecords, .sharedSummary, .ambiguousSummaries: .badData
        case .unlikeRecipe: .tooManyRejections
        case .missingSource, .unreadableSource: .inputOutput
        }
    }

    public var summary: String {
        switch self {
        case .noSources: "no source was given"
        case .missingSource: "the source does not exist"
        case .unreadableSource(_, let reason): "the source cannot be read: \(reason)"
        case .nothingMatched(_, let seen, let more, let patterns, let passedOver):
            "no file of the source matches the recipe, which takes \(patterns.joined(separator: ", "))"
                + (seen.isEmpty
                    ? "; there is no file to read" : "; there is \(seen.joined(separator: ", "))")
                + (more > 0 ? " and \(more) more" : "")
                + (passedOver.map { "; passed over: \($0)" } ?? "")
        case .noRecords: "the files that the recipe takes hold no record"
        case .unlikeRecipe(_, let records, let failures, let looksLike, let detail):
            "\(failures) of the first \(records) records cannot be taken, the first because " + detail
                + (looksLike.map { "; the lines look like \($0)" } ?? "")
        case .sharedSummary(_, let documents):
            "the summary file could belong to \(documents.joined(separator: " and to "))"
        case .ambiguousSummaries(_, let summaries):
            "either of \(summaries.joined(separator: " and ")) could be the summary of the document"
        case .onlyPreferences(let recipe):
            "the recipe \(recipe) says how to read preferences, and names no sources of documents"
        case .noPreferences(let recipe): "the recipe \(recipe) does not say how to read preferences"
        }
    }

    public var location: String? {
        switch self {
        case .noSources, .noPreferences, .onlyPreferences: nil
        case .missingSource(let path), .unreadableSource(let path, _), .nothingMatched(let path, _, _, _, _),
            .noRecords(let path), .unlikeRecipe(let path, _, _, _, _), .sharedSummary(let path, _),
            .ambiguousSummaries(let path, _):
            path
        }
    }

    public var hint: String? {
        switch self {
        case .noSources: "name a folder, a file or an archive"
        case .missingSource(let path) where path.contains("\u{FFFD}"):
            "its name is not UTF-8: give the folder that it lies in"
        case .missingSource, .unreadableSource: nil
        case .noRecords: "look whether the files are empty, or choose others with files: and except:"
        case .unlikeRecipe:
            "compare the file with what the recipe asks for; `align-data recipes` lists others"
        case .nothingMatched:
            "choose another recipe, or write the patterns of your own so that they match these paths"
        case .sharedSummary, .ambiguousSummaries:
            "give files and summaries the same names in braces and the same `**`, or leave one file out with"
                + " except:; `*` in summaries alone stands for several summaries of one document"
        case .onlyPreferences:
            "add sources with their fields to the recipe; `align-data train-reward` takes it as it is"
        case .noPreferences: "add a preferences block with document, chosen and rejected to a recipe"
        }
    }
}
