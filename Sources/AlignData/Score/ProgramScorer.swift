import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Scores by a program of the user's: a metric, a unit test, a model in another framework.
///
/// The program is started by the shell when it is first asked. It reads one JSON object a line (`ProgramQuestion`) and
/// answers each with one line, a number; higher is better. It has one question at a time: it must write its answer out
/// (flush) before it waits for more. At the end of its input it should end.
///
/// Several of it may run side by side. Each gets the next question that nobody has, so an answer must not depend on the
/// questions before it; then the rewards do not depend on their number.
///
/// A line that answers no question shows that answers and questions do not belong together. So before rewards are kept
/// (`settle`), every program gets the end of its input, and must end without another word; questions after that start
/// it anew.
public final class ProgramScorer: RewardScorer {
    public let scorerID: String
    public var vocabulary: ScorerVocabulary { .text }

    private let command: String
    private let workers: Int
    private let timeout: Double?
    private let isCancelled: () -> Bool
    private var programs: [LineProgram] = []
    /// Questions that were asked, over all calls.
    private var asked = 0

    /// - Parameters:
    ///   - command: for `/bin/sh -c`.
    ///   - name: what the rewards will be known by; it should change when the program's answers would. Without one,
    ///     a hash of the command.
    ///   - workers: how many of the program run side by side.
    ///   - timeout: seconds that an answer may take, and the program's end; nil for any time.
    ///   - isCancelled: looked at while the program is waited for.
    public init(
        command: String, name: String? = nil, workers: Int = 1, timeout: Double? = nil,
        isCancelled: @escaping () -> Bool = { false }
    ) {
        self.command = command
        scorerID = name ?? "program-" + RecordID(kind: "program", [command]).hex
        self.workers = max(1, workers)
        self.timeout = timeout
        self.isCancelled = isCancelled
    }

    deinit { endAll() }

    /// Enough that all have something to do.
    public var promptsPerCall: Int { 8 * workers }

    /// - Throws: `ProgramScorerError`; `Interrupted`.
    public func rewards(for groups: [RewardQuestions]) throws -> [[Double]] {
        let lines = try groups.flatMap { group in
            try group.completions.map {
                Array(try JSONText.data(ProgramQuestion($0, of: group.prompt))) + [UInt8(ascii: "\n")]
            }
        }
        defer { asked += lines.count }
        var rest = try answers(to: lines)[...]
        return groups.map { group in
            defer { rest = rest.dropFirst(group.completions.count) }
            return Array(rest.prefix(group.completions.count))
        }
    }

    /// Ends the programs and makes sure that they had nothing more to say.
    /// - Throws: `ProgramScorerError`; `Interrupted`.
    public func settle() throws {
        defer { endAll() }
        for program in programs { program.closeInput() }
        for program in programs {
            let closedAt = ContinuousClock.now
            var isOpen = true
            while true {
                let status = program.poll()
                if isOpen {
                    // Once it has ended, nothing comes any more but from what it started.
                    if status == nil { try wait(for: [program]) }
                    switch program.receive() {
                    case .bytes: try refuseUnasked(program)
                    case .nothing: if status != nil { isOpen = false }
                    case .end: isOpen = false
                    }
                } else if let status {
                    guard status == .code(0) else {
                        throw ProgramScorerError.failedAtEnd(command: command, status: status)
                    }
                    break
                } else {
                    try check()
                    usleep(1000)
                }
                if let timeout, ContinuousClock.now - closedAt > .seconds(timeout) {
                    throw ProgramScorerError.doesNotEnd(command: command, seconds: timeout)
                }
            }
        }
    }

    // MARK: - Questions and answers

    private func answers(to lines: [[UInt8]]) throws -> [Double] {
        var answers = [Double](repeating: 0, count: lines.count)
        var next = 0
        var open = 0
        do {
            while next < lines.count || open > 0 {
                // Those that are free take the next questions.
                for place in 0..<workers where next < lines.count {
                    if place == programs.count { programs.append(try LineProgram(command: command)) }
                    guard programs[place].question == nil else { continue }
                    try refuseWhatIsThere(programs[place])
                    programs[place].ask(lines[next], number: next)
                    programs[place].send()
                    next += 1
                    open += 1
                }
                let busy = programs.filter { $0.question != nil }
                try wait(for: busy)
                for program in busy {
                    guard let number = program.question else { continue }
                    if let answer = try answer(of: program) {
                        answers[number] = answer
                        program.answered()
                        open -= 1
                    }
                }
            }
        } catch {
            endAll()
            throw error
        }
        return answers
    }

    private func endAll() {
        for program in programs { program.askToEnd() }
        programs = []
    }

    /// The answer to the program's question, if it is there.
    private func answer(of program: LineProgram) throws -> Double? {
        guard let number = program.question else { return nil }
        let question = asked + number + 1
        let received = program.receive()
        // What comes before the question is read answers something else.
        if program.isSending && program.hasPrinted { try refuseUnasked(program) }
        program.send()
        if let line = program.takeLine() {
            let answer = ProgramAnswer(line)
            guard case .number(let value) = answer else {
                throw ProgramScorerError.notANumber(
                    command: command, line: program.linesTaken, question: question,
                    kind: answer.description, hint: answer.hint)
            }
            if program.hasPrinted { try refuseUnasked(program) }
            return value
        }
        if received == .end {
            program.closeInput()
            var status = program.poll()
            while status == nil {
                try check(program, question)
                usleep(1000)
                status = program.poll()
            }
            throw ProgramScorerError.ended(
                command: command, status: status ?? .code(0), question: question)
        }
        try check(program, question)
        return nil
    }

    /// A program without a question has nothing to say.
    private func refuseWhatIsThere(_ program: LineProgram) throws {
        if program.receive() == .bytes { try refuseUnasked(program) }
    }

    private func refuseUnasked(_ program: LineProgram) throws {
        let line = program.takeLine() ?? program.takeRest()
        throw ProgramScorerError.unasked(
            command: command, line: program.linesTaken, kind: ProgramAnswer(line).description)
    }

    // MARK: - Waiting

    private func check() throws { if isCancelled() { throw Interrupted() } }

    private func check(_ program: LineProgram, _ question: Int) throws {
        try check()
        if let timeout, ContinuousClock.now - program.askedAt > .seconds(timeout) {
            throw ProgramScorerError.late(command: command, question: question, seconds: timeout)
        }
    }

    /// Waits until one of them prints, ends or takes more of its question, but no longer than a tenth of a second.
    private func wait(for programs: [LineProgram]) throws {
        try check()
        var descriptors: [pollfd] = []
        for program in programs {
            descriptors.append(pollfd(fd: program.output, events: Int16(POLLIN), revents: 0))
            if program.isSending {
                descriptors.append(pollfd(fd: program.input, events: Int16(POLLOUT), revents: 0))
            }
        }
        _ = poll(&descriptors, nfds_t(descriptors.count), 100)
    }
}
