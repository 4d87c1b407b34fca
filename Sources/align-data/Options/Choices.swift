public import AlignData
public import ArgumentParser
public import CoPGTrain
public import TorchLM

// The values that options choose from, under the names that the configurations use.

extension Split: ExpressibleByArgument {}
extension PairingStrategy: ExpressibleByArgument {}
extension RewardShaping: ExpressibleByArgument {}
extension UnfinishedRule: ExpressibleByArgument {}
extension ExportFormat: ExpressibleByArgument {}
extension ImportFormat: ExpressibleByArgument {}
extension BanditMethod: ExpressibleByArgument {}
extension CoPG.Form: ExpressibleByArgument {}
extension ValueBaseline.Advantage: ExpressibleByArgument {}
extension TrainerConfiguration.SavedWeights: ExpressibleByArgument {}
extension LoRAConfiguration.Target: ExpressibleByArgument {}
extension LearningRateSchedule: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}

extension PreferenceRewards: ExpressibleByArgument {
    /// `1,0`
    public init?(argument: String) {
        let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        guard numbers.count == 2, let chosen = numbers[0], let rejected = numbers[1] else { return nil }
        self.init(chosen: chosen, rejected: rejected)
    }
}

extension CalendarDate: ExpressibleByArgument {
    /// `2026-07-31`
    public init?(argument: String) { self.init(argument) }
}
