import AlignData
import ArgumentParser

/// A recipe as a person names it: a built-in name, or the path of a file.
struct RecipeName: ExpressibleByArgument {
    var text: String

    init(argument: String) { text = argument }

    static let help = ArgumentHelp(
        "A built-in recipe's name (see `align-data recipes`), or the path of a .yml file.",
        valueName: "name|file")

    func load() throws -> Recipe {
        let isPath = text.contains("/") || text.hasSuffix(".yml") || text.hasSuffix(".yaml")
        return isPath ? try Recipe.load(path: text) : try Recipe.named(text)
    }
}
