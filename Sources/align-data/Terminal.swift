import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A standard stream, written without buffering.
struct Terminal: Sendable {
    let descriptor: Int32

    static let standardOutput = Terminal(descriptor: 1)
    static let standardError = Terminal(descriptor: 2)

    /// Lets a write to a reader that has gone return instead of ending the process with a signal.
    static func ignoreBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }

    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Colour and a redrawn line are for terminals whose user has not asked otherwise (https://no-color.org).
    var usesColor: Bool {
        let environment = ProcessInfo.processInfo.environment
        return isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// Columns of the terminal; 80 where it does not say.
    var columns: Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes all of `text`. When standard output's reader has gone (`| head`), nobody wants the rest: the process
    /// ends with exit code 0. When nobody reads standard error, the work goes on in silence.
    func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var written = 0
            while written < bytes.count, let base = bytes.baseAddress {
                let count = unistdWrite(descriptor, base + written, bytes.count - written)
                if count >= 0 {
                    written += count
                } else if errno == EPIPE, descriptor == Terminal.standardOutput.descriptor {
                    exit(0)
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}

/// `write(2)`, under a name that a method called `write` does not hide.
private func unistdWrite(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
