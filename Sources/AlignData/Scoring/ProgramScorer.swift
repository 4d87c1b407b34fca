import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Scores by a program of the user's: a metric, a unit test, a model in another framework.
///
/// The program is started by the shell when it is first asked, and stays. It reads one JSON object a line,
/// `{"completion": "…", "prompt": "…"}`, and answers each with one line, a number, in the same order; higher is better.
/// It must write its answers out (flush) before it waits for more. At the end of its input it should end.
///
/// What it is asked with is text, not tokens: the prompt as it was rendered, with the names of its control tokens, and
/// the completion without end-of-sequence.
public final class ProgramScorer: RewardScorer {
    public let scorerID: String

    private let command: String
    private let promptText: ([TokenID]) -> String
    private let completionText: ([TokenID]) -> String
    private var program: LineProgram?
    /// Lines that were asked, over all calls.
    private var asked = 0

    /// - Parameters:
    ///   - command: for `/bin/sh -c`.
    ///   - name: what the rewards will be known by; it should change when the program's answers would. Without one,
    ///     a hash of the command.
    ///   - promptText: the text of a prompt's tokens.
    ///   - completionText: the text of a completion's tokens.
    public init(
        command: String, name: String? = nil, promptText: @escaping ([TokenID]) -> String,
        completionText: @escaping ([TokenID]) -> String
    ) {
        self.command = command
        scorerID = name ?? "program-" + RecordID(kind: "program", [command]).hex
        self.promptText = promptText
        self.completionText = completionText
    }

    private struct Question: Encodable {
        var completion: String
        var prompt: String
    }

    /// - Throws: `ProgramScorerError`.
    public func rewards(for groups: [TokenGroup]) throws -> [[Double]] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var lines = Data()
        for group in groups {
            let prompt = promptText(group.prompt)
            for tokens in group.completions {
                lines += try encoder.encode(Question(completion: completionText(tokens), prompt: prompt))
                lines.append(UInt8(ascii: "\n"))
            }
        }
        let program = try program ?? LineProgram(command: command)
        self.program = program
        let count = groups.reduce(0) { $0 + $1.completions.count }
        var answers = try program.answers(to: lines, count: count)[...]
        defer { asked += count }
        guard answers.count == count else {
            throw ProgramScorerError.ended(
                command: command, status: program.exitStatus(), line: asked + answers.count + 1)
        }
        return try groups.map { group in
            try group.completions.map { _ in
                let place = asked + count - answers.count + 1
                guard let value = Double(answers.removeFirst().trimmingCharacters(in: .whitespaces)) else {
                    throw ProgramScorerError.notANumber(command: command, line: place)
                }
                return value
            }
        }
    }
}

/// What a program of the user's did wrong.
public enum ProgramScorerError: DescribedError, Equatable {
    /// The shell could not be started.
    case notStarted(command: String, reason: String)
    /// It ended, or closed its output, before it had answered this line (from 1).
    case ended(command: String, status: Int32, line: Int)
    /// Its answer to this line (from 1) is no number.
    case notANumber(command: String, line: Int)

    public var category: FailureCategory { .badData }

    public var summary: String {
        switch self {
        case .notStarted(_, let reason): "the program that scores cannot be started: \(reason)"
        case .ended(_, let status, let line):
            "the program that scores ended with status \(status) before it answered line \(line)"
        case .notANumber(_, let line):
            "the program that scores answered line \(line) with something other than a number"
        }
    }

    public var location: String? {
        switch self {
        case .notStarted(let command, _), .ended(let command, _, _), .notANumber(let command, _): command
        }
    }

    public var hint: String? {
        "it gets a JSON object a line with prompt and completion, and answers each with a line that is one number"
    }
}

/// A child process that answers lines with lines.
private final class LineProgram {
    private let process = Process()
    /// A socket rather than a pipe, so that writing to a program that has ended is an error and no signal.
    private let input: Int32
    private let output: FileHandle
    /// What was read behind the last whole line.
    private var rest = Data()

    init(command: String) throws {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, LineProgram.stream, 0, &ends) == 0 else {
            throw ProgramScorerError.notStarted(command: command, reason: String(cString: strerror(errno)))
        }
        let answers = Pipe()
        input = ends[0]
        output = answers.fileHandleForReading
        // Otherwise the child would hold the end that it is to see closing.
        _ = fcntl(input, F_SETFD, FD_CLOEXEC)
        #if canImport(Darwin)
            var yes: Int32 = 1
            setsockopt(input, SOL_SOCKET, SO_NOSIGPIPE, &yes, socklen_t(MemoryLayout<Int32>.size))
        #endif
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.standardInput = FileHandle(fileDescriptor: ends[1], closeOnDealloc: false)
        process.standardOutput = answers
        // The child's alone from here on: that it has ended shows only when nobody else holds its end.
        defer { close(ends[1]) }
        do {
            try process.run()
        } catch {
            close(input)
            throw ProgramScorerError.notStarted(command: command, reason: "\(error)")
        }
    }

    deinit {
        close(input)
        process.waitUntilExit()
    }

    /// Sends `lines` and reads `count` lines; fewer when the output ended before.
    func answers(to lines: Data, count: Int) throws -> [String] {
        let sending = DispatchGroup()
        let input = input
        DispatchQueue.global().async(group: sending) { LineProgram.send(lines, to: input) }
        defer { sending.wait() }
        var answers: [String] = []
        while answers.count < count {
            if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                answers.append(String(decoding: rest[..<end], as: UTF8.self))
                rest = Data(rest[(end + 1)...])
                continue
            }
            let more = output.availableData
            if more.isEmpty { break }
            rest += more
        }
        return answers
    }

    /// How the program ended; it has closed its output, so it is about to if it has not yet.
    func exitStatus() -> Int32 {
        shutdown(input, Int32(SHUT_RDWR))
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Writes all of `lines`, or as much as the program takes before it ends.
    private static func send(_ lines: Data, to socket: Int32) {
        lines.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count, let base = bytes.baseAddress {
                let count = Self.send(socket, base + sent, bytes.count - sent)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                sent += count
            }
        }
    }

    #if canImport(Glibc)
        private static let stream = Int32(SOCK_STREAM.rawValue)

        private static func send(_ socket: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
            Glibc.send(socket, bytes, count, Int32(MSG_NOSIGNAL))
        }
    #elseif canImport(Darwin)
        private static let stream = SOCK_STREAM

        private static func send(_ socket: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
            Darwin.send(socket, bytes, count, 0)
        }
    #endif
}
