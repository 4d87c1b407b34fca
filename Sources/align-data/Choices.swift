public import AlignData
public import ArgumentParser
public import CoPGTrain
public import TorchLM

// The values that options choose from, under the names that the configurations use.

extension Split: ExpressibleByArgument {}
extension PairingStrategy: ExpressibleByArgument {}
extension BanditMethod: ExpressibleByArgument {}
extension ObjectiveName: ExpressibleByArgument {}
extension CoPG.Form: ExpressibleByArgument {}
extension ValueBaseline.Advantage: ExpressibleByArgument {}
extension TrainerConfiguration.SavedWeights: ExpressibleByArgument {}
extension LoRAConfiguration.Target: ExpressibleByArgument {}
extension LearningRateSchedule: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
