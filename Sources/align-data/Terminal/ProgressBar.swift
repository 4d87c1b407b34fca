import AlignData
import Report

/// Shows how far a stage is: on a terminal a line that is redrawn, otherwise a plain line every few seconds.
final class ProgressBar {
    private let stage: String
    private let terminal: Terminal
    private let isQuiet: Bool
    private let redraws: Bool
    private let start = ContinuousClock.now
    private var nextShown = ContinuousClock.now
    /// The first report's count: what was done before does not count for the rate.
    private var first: (done: Int, at: ContinuousClock.Instant)?
    private var hasLine = false

    init(stage: String, isQuiet: Bool, terminal: Terminal = .standardError) {
        self.stage = stage
        self.isQuiet = isQuiet
        self.terminal = terminal
        redraws = terminal.usesColor
        if !redraws { nextShown = start + .seconds(5) }
    }

    var elapsed: Duration { ContinuousClock.now - start }

    /// The stage's progress handler: shows `progress` when it is time to, and passes on a wish to stop.
    func show(_ progress: Progress) -> ProgressAnswer {
        let now = ContinuousClock.now
        // A stage of several phases counts each anew.
        if first == nil || progress.done < first?.done ?? 0 { first = (progress.done, now) }
        if !isQuiet, now >= nextShown {
            nextShown = now + (redraws ? .milliseconds(100) : .seconds(5))
            let text = describe(progress, at: now)
            terminal.write(redraws ? "\r\u{1B}[2K" + text.prefix(max(terminal.columns - 1, 20)) : text + "\n")
            hasLine = redraws
        }
        return Interruption.isRequested ? .stop : .more
    }

    /// Removes the redrawn line, so that what follows starts on an empty one.
    func clear() {
        if hasLine { terminal.write("\r\u{1B}[2K") }
        hasLine = false
    }

    private func describe(_ progress: Progress, at now: ContinuousClock.Instant) -> String {
        var parts = [stage]
        if let total = progress.total, total > 0 {
            let share = min(max(Double(progress.done) / Double(total), 0), 1)
            if redraws {
                let filled = Int(share * 24)
                parts.append(
                    String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled))
            }
            parts.append("\(Int(share * 100))%")
            parts.append("\(progress.done)/\(total) \(progress.unit)")
        } else {
            parts.append("\(progress.done) \(progress.unit)")
        }
        if let first, now - first.at > .milliseconds(500), progress.done > first.done {
            let rate = Double(progress.done - first.done) / (now - first.at).seconds
            parts.append("\(rate.rate) \(progress.unit)/s")
            if let total = progress.total, total > progress.done {
                parts.append("\((Double(total - progress.done) / rate).duration) left")
            }
        }
        parts += progress.figures.map { "\($0.name) \($0.value)" }
        return parts.joined(separator: "  ")
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
