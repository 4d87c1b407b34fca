import AlignData

/// Records of which most are not what the recipe says, with a hint for somebody who has not looked at them yet.
struct UnlikeRecipe: DescribedError {
    private let error: IngestError

    var category: FailureCategory { error.category }
    var summary: String { error.summary }
    var location: String? { error.location }
    var hint: String? {
        "--dry-run shows the first records as the recipe takes them; `align-data recipes` lists others"
    }

    /// Passes on what `body` throws, with that hint where it fits.
    static func suggestingDryRun<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as IngestError {
            guard case .unlikeRecipe = error else { throw error }
            throw UnlikeRecipe(error: error)
        }
    }
}
