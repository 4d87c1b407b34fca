import AlignData
import ArgumentParser

struct RecipesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recipes",
        abstract: "List the built-in recipes, or show one to start your own from.",
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
            let width = recipes.map(\.name.count).max() ?? 0
            for recipe in recipes {
                let name = recipe.name + String(repeating: " ", count: width - recipe.name.count)
                Terminal.standardOutput.write("\(name)  \(recipe.description)\n")
            }
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
