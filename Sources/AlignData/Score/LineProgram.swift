import CSignals
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A program of the user's that answers lines with lines: `/bin/sh -c` of a command, in a process group of its own, which
/// ends with this process whatever happens.
final class LineProgram {
    /// What came of `receive`.
    enum Received {
        case nothing, bytes, end
    }

    /// Written to without waiting.
    let input: Int32
    /// Read from without waiting.
    let output: Int32
    private let process: pid_t
    private var isInputOpen = true
    private var status: ProgramStatus?
    private var lastMoment: ContinuousClock.Instant?
    /// What was printed and not yet taken.
    private var printed: [UInt8] = []
    private(set) var linesTaken = 0

    // MARK: Its question

    /// The number of the question that it has.
    private(set) var question: Int?
    private var unsent: ArraySlice<UInt8> = []
    private(set) var askedAt = ContinuousClock.now

    /// The question was not taken over as a whole.
    var isSending: Bool { !unsent.isEmpty }

    /// - Throws: `ProgramScorerError.notStarted`.
    init(command: String) throws {
        var questions: [Int32] = [-1, -1]
        var answers: [Int32] = [-1, -1]
        func failure(_ code: Int32) -> ProgramScorerError {
            .notStarted(command: command, reason: String(cString: strerror(code)).lowercased())
        }
        guard pipe(&questions) == 0 else { throw failure(errno) }
        guard pipe(&answers) == 0 else {
            let code = errno
            for descriptor in questions { close(descriptor) }
            throw failure(code)
        }
        // Otherwise another child would hold the ends that are to close.
        for descriptor in questions + answers { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        for descriptor in [questions[1], answers[0]] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
        #if canImport(Darwin)
            _ = fcntl(questions[1], F_SETNOSIGPIPE, 1)
        #endif
        (input, output) = (questions[1], answers[0])
        var started: pid_t = 0
        let code = LineProgram.spawn(command, &started, input: questions[0], output: answers[1])
        // The child's alone from here on: that it has ended shows only when nobody else holds its ends.
        close(questions[0])
        close(answers[1])
        process = started
        guard code == 0 else {
            close(input)
            close(output)
            isInputOpen = false
            status = .code(127)
            throw failure(code)
        }
        guard signals_child_began(process) else {
            end()
            close(output)
            throw failure(EAGAIN)
        }
    }

    deinit {
        end()
        close(output)
    }

    private static func spawn(_ command: String, _ process: inout pid_t, input: Int32, output: Int32) -> Int32
    {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // We may ignore or block signals that it counts on.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var environment: [UnsafeMutablePointer<CChar>?] = ProcessInfo.processInfo.environment.map {
            strdup("\($0.key)=\($0.value)")
        }
        environment.append(nil)
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/sh"), strdup("-c"), strdup(command)]
        arguments.append(nil)
        defer { for text in environment + arguments { free(text) } }
        return posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, environment)
    }

    // MARK: Lines

    /// Gives it a question, to be sent by `send`.
    func ask(_ line: [UInt8], number: Int) {
        question = number
        unsent = line[...]
        askedAt = .now
    }

    /// Sends what it takes now of its question. What it does not take any more shows when its answer is read.
    func send() {
        while !unsent.isEmpty {
            let count = unsent.withUnsafeBytes { LineProgram.write(input, $0) }
            if count > 0 {
                unsent = unsent.dropFirst(count)
            } else if count < 0 && errno == EINTR {
                continue
            } else if count < 0 && errno == EAGAIN {
                return
            } else {
                unsent = []
            }
        }
    }

    /// Reads what there is.
    func receive() -> Received {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(output, &buffer, buffer.count)
            if count > 0 {
                printed += buffer[..<count]
                return .bytes
            }
            if count == 0 { return .end }
            if errno == EAGAIN { return .nothing }
            if errno != EINTR { return .end }
        }
    }

    /// Whether something was printed that is not taken, if only a part of a line.
    var hasPrinted: Bool { !printed.isEmpty }

    /// The next whole line, without its line feed.
    func takeLine() -> [UInt8]? {
        guard let end = printed.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { printed.removeSubrange(...end) }
        linesTaken += 1
        return Array(printed[..<end])
    }

    /// What was printed after the last line feed.
    func takeRest() -> [UInt8] {
        defer { printed = [] }
        linesTaken += 1
        return printed
    }

    func answered() { question = nil }

    // MARK: Its end

    /// It gets no more questions.
    func closeInput() {
        guard isInputOpen else { return }
        isInputOpen = false
        close(input)
    }

    /// How it ended, if it has.
    func poll() -> ProgramStatus? {
        if let status { return status }
        // Until it is waited for, its number is its own: no other group is ended by mistake.
        var info = siginfo_t()
        guard waitid(P_PID, id_t(process), &info, WEXITED | WNOHANG | WNOWAIT) == 0 else {
            // Somebody has waited for it, where children are not left to be waited for.
            return errno == ECHILD ? reap() : nil
        }
        return info.si_code == 0 ? nil : reap()
    }

    private func reap() -> ProgramStatus {
        // Whatever it started and left behind.
        kill(-process, SIGKILL)
        signals_child_ended(process)
        var code: Int32 = 0
        while waitpid(process, &code, 0) < 0 && errno == EINTR {}
        let signal = code & 0x7F
        let found: ProgramStatus = signal == 0 ? .code(code >> 8 & 0xFF) : .signal(signal)
        status = found
        return found
    }

    /// Asks it, and what it started, to end.
    func askToEnd() {
        closeInput()
        guard status == nil, lastMoment == nil else { return }
        lastMoment = .now + .seconds(1)
        kill(-process, SIGTERM)
    }

    /// Ends it and what it started, a second after they were asked to.
    private func end() {
        askToEnd()
        while poll() == nil {
            if let lastMoment, .now > lastMoment {
                kill(-process, SIGKILL)
                _ = reap()
                return
            }
            usleep(2000)
        }
    }

    /// Writes without waiting, and without a signal when nobody reads.
    private static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
            return Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            var broken = sigset_t()
            var before = sigset_t()
            sigemptyset(&broken)
            sigaddset(&broken, SIGPIPE)
            pthread_sigmask(SIG_BLOCK, &broken, &before)
            let count = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
            let code = errno
            if count < 0 && code == EPIPE {
                var none = timespec()
                while sigtimedwait(&broken, nil, &none) < 0 && errno == EINTR {}
            }
            pthread_sigmask(SIG_SETMASK, &before, nil)
            errno = code
            return count
        #endif
    }
}
