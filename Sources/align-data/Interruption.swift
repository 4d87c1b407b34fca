import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Ctrl-C and SIGTERM: the first asks the stage to stop where its work is safe, the second ends the process at once.
enum Interruption {
    /// Set by the signal handler, read by the progress bar. A word that is only ever set to 1 needs no lock.
    nonisolated(unsafe) private static var flag: sig_atomic_t = 0

    static var isRequested: Bool { flag != 0 }

    /// From here on signals ask; before, and in commands that are no stage, they end the process.
    static func install() {
        // Touches the flag before a handler may, so that no lazy initialization runs inside of one.
        flag = 0
        // A parent that starts us from a thread which blocks signals passes that on.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        for number in [SIGINT, SIGTERM] {
            _ = signal(number) { _ in
                if Interruption.flag != 0 { _exit(130) }
                Interruption.flag = 1
            }
        }
    }
}
