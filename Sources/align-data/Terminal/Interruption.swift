import AlignData
import CSignals

/// Signals: a wish to stop, and a crash.
enum Interruption {
    /// Ctrl-C and SIGTERM: the first asks the stage to stop where its work is safe, the second ends the process at once.
    static var isRequested: Bool { signals_was_asked_to_stop() }

    /// From here on signals ask; before, and in commands that are no stage, they end the process.
    static func install() { signals_listen() }

    /// From here on a crash of the program is one sentence and exit code 1. The Swift runtime's own handlers, which print
    /// registers and stacks, are replaced: they were there before `main`.
    static func reportCrashes() { signals_report_crashes(alignDataVersion) }
}
