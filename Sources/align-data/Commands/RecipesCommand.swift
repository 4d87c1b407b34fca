import AlignData
import ArgumentParser

struct RecipesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recipes",
        abstract: "List the built-in recipes, or show one to start your own from.",
        discussion: "A recipe of your own is a .yml file; Documentation/Recipes.md has the language.",
        subcommands: [List.self, Show.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the built-in recipes.")

        @Flag(help: "Print the recipes as JSON.")
        var json = false

        func run() throws {
            let recipes = try Recipe.builtInNames.map { try Recipe.named($0) }
            if json {
                try Output.print(json: recipes)
                return
            }
            let blocks = recipes.map { recipe in
                let notes = [
                    recipe.citation.map { "cite     \($0)" }, recipe.licence.map { "licence  \($0)" },
                ]
                return
                    ([recipe.name, "    " + recipe.description] + notes.compactMap { $0 }.map { "    " + $0 })
                    .joined(separator: "\n")
            }
            Terminal.standardOutput.write(blocks.joined(separator: "\n") + "\n")
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print a built-in recipe's YAML.")

        @Argument(help: "The recipe's name.")
        var name: String

        func run() throws {
            guard let yaml = Recipe.yaml(named: name) else {
                throw RecipeError.unknownName(name, known: Recipe.builtInNames)
            }
            Terminal.standardOutput.write(yaml)
        }
    }
}
