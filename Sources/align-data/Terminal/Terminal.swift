import AlignData
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
    /// Paths that name standard output where a file or folder may be given.
    static let outputNames: Set<String> = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]

    /// Lets a write to a reader that has gone return instead of ending the process with a signal.
    static func ignoreBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }

    /// Writes sentences of a stage to standard error: `align-data: note: what (where)`.
    static func note(_ sentences: [String], at place: String) {
        for sentence in sentences { standardError.write("align-data: note: \(sentence) (\(place))\n") }
    }

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
    /// ends with exit code 0. When it does not take the rest for another reason, that is an error, and the process ends.
    /// When nobody reads standard error, the work goes on in silence.
    func write(_ text: String) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes(write) }

    private func write(_ bytes: UnsafeRawBufferPointer) {
        var written = 0
        while written < bytes.count, let base = bytes.baseAddress {
            let count = unistdWrite(descriptor, base + written, bytes.count - written)
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&ready, 1, -1)
            } else if errno != EINTR {
                guard descriptor == Terminal.standardOutput.descriptor else { return }
                if errno == EPIPE { exit(0) }
                Failure.exit(with: LostOutput(code: errno))
            }
        }
    }
}

/// Standard output does not take what a command has to say.
struct LostOutput: DescribedError {
    var code: Int32
    var category: FailureCategory { .inputOutput }
    var summary: String { "cannot write to standard output: \(String(cString: strerror(code)).lowercased())" }
}

/// `write(2)`, under a name that a method called `write` does not hide.
private func unistdWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
