import AlignData
import ArgumentParser

/// The day that a model's chat template is told.
struct DateOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The day that a chat template is told, as 2026-07-31; without it the template knows none.",
            valueName: "day"))
    var date: CalendarDate?

    /// The recipe with the day in it.
    func applied(to recipe: Recipe) throws -> Recipe {
        guard let date else { return recipe }
        guard recipe.prompt.chat != nil else {
            throw ValidationError("--date goes with a recipe whose prompt is a chat.")
        }
        var recipe = recipe
        recipe.prompt.chat?.date = date.text
        return recipe
    }
}
