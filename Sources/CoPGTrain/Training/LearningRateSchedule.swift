import Foundation

/// How the learning rate changes over the steps of a run, after the warm-up.
public enum LearningRateSchedule: String, Hashable, Sendable, Codable, CaseIterable {
    case constant
    /// Falls on a straight line that would reach 0 one step after the last.
    case linear
    /// Falls on half a cosine that would reach 0 one step after the last.
    case cosine

    /// The factor on the peak learning rate at `step` (0 is the first) of `total`. The warm-up rises on a
    /// straight line over the first ⌈`warmupShare`·`total`⌉ steps, starting above 0 and ending at 1.
    public func factor(step: Int, total: Int, warmupShare: Double) -> Double {
        let warmup = Int((warmupShare * Double(total)).rounded(.up))
        if step < warmup { return Double(step + 1) / Double(warmup) }
        let share = Double(step - warmup) / Double(max(total - warmup, 1))
        switch self {
        case .constant: return 1
        case .linear: return 1 - share
        case .cosine: return 0.5 * (1 + cos(Double.pi * share))
        }
    }
}
