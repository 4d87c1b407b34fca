import AlignData
import ArgumentParser
import Foundation
import TorchLM

/// Rewards of 16 completions of 46 tokens, four for each of four prompts of 256, by a reward model of the language
/// model's size.
struct ScoreRow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "score")

    @Option var model: String

    @Option(help: "A folder for the reward model, which is made when it is not there.")
    var work: String

    @Option var repeats = 9

    func run() throws {
        let folder = work + "/reward-model"
        if !FileManager.default.fileExists(atPath: folder) {
            let partial = folder + ".partial"
            try? FileManager.default.removeItem(atPath: partial)
            let trainer = try TrainableRewardModel(
                backbone: model, precision: .best(), optimizer: OptimizerConfiguration())
            try trainer.saveModel(to: partial)
            try FileManager.default.moveItem(atPath: partial, toPath: folder)
        }
        let scorer = try RewardModel.load(path: folder, precision: .best())
        let groups = RandomTokens().groups(4, completions: 4)
        let seconds = try Measurement.medianSeconds(repeats: repeats) { _ = try scorer.rewards(for: groups) }
        Measurement.report("score", 16 / seconds, "completions/s")
    }
}
