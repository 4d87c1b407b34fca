import AlignData
import Foundation
import Testing

@Suite struct ProgramScorerTests {
    private typealias Failure = ProgramScorerError

    /// Questions with so many completions each, which are of one x, of two and so on, over all of them.
    private static func groups(_ counts: Int...) -> [RewardQuestions] {
        var length = 0
        return counts.enumerated().map { index, count in
            let prompt = Prompt(
                id: RecordID(kind: "prompt", ["\(index)"]),
                documentID: RecordID(kind: "document", ["\(index)"]),
                split: .train, text: "p\(index)", tokens: [1],
                references: [ReferenceSummary(text: "r \"\(index)\"", tokens: [1])],
                sourceID: index == 0 ? nil : "own/\(index)",
                extra: index == 0 ? [:] : ["topic": "t", "lang": "en"],
                provenance: Provenance(source: "a", line: 1))
            let completions = (0..<count).map { _ in
                length += 1
                return RewardQuestions.Completion(
                    id: RecordID(kind: "completion", ["\(length)"]),
                    text: String(repeating: "x", count: length), tokens: [2],
                    finishReason: length % 2 == 0 ? .length : .endOfSequence)
            }
            return RewardQuestions(prompt: prompt, completions: completions)
        }
    }

    private let groups = groups(2, 0, 1)
    /// Counts the x of each line, which only the completion has.
    private static let counting =
        "exec bash -c 'while read -r line; do x=${line//[!x]/}; echo \"-${#x}.5\"; done'"

    private static func constant(_ answer: String) -> String {
        "while read -r line; do printf '%b\\n' '\(answer)'; done"
    }

    @Test func eachCompletionGetsTheAnswerToItsOwnLine() throws {
        let scorer = ProgramScorer(command: Self.counting)
        for _ in 0..<3 { #expect(try scorer.rewards(for: groups) == [[-1.5, -2.5], [], [-3.5]]) }
        #expect(try scorer.rewards(for: []) == [])
        try scorer.settle()
        #expect(try scorer.rewards(for: groups) == [[-1.5, -2.5], [], [-3.5]])
        try scorer.settle()
    }

    @Test func aQuestionSaysWhatIsKnownOfTheCompletion() throws {
        let folder = try TemporaryFolder()
        let scorer = ProgramScorer(
            command:
                "while read -r line; do printf '%s\\n' \"$line\" >>'\(folder.file("asked"))'; echo 0; done")
        _ = try scorer.rewards(for: groups)
        try scorer.settle()
        func id(_ kind: String, _ number: Int) -> String { RecordID(kind: kind, ["\(number)"]).hex }
        func line(
            _ completion: Int, _ prompt: Int, _ reason: String, fields: String = "", own: String = ""
        ) -> String {
            #"{"completion":"\#(String(repeating: "x", count: completion))","#
                + #""document_id":"\#(id("document", prompt))",\#(fields)"finish_reason":"\#(reason)","#
                + #""id":"\#(id("completion", completion))","prompt":"p\#(prompt)","#
                + #""prompt_id":"\#(id("prompt", prompt))","references":["r \"\#(prompt)\""]\#(own)}"# + "\n"
        }
        #expect(
            try String(contentsOfFile: folder.file("asked"), encoding: .utf8)
                == line(1, 0, "eos") + line(2, 0, "length")
                + line(
                    3, 2, "eos", fields: #""fields":{"lang":"en","topic":"t"},"#,
                    own: #","source_id":"own/2""#))
    }

    @Test(arguments: [1, 2, 5])
    func theRewardsDoNotDependOnHowManyRunSideBySide(workers: Int) throws {
        let folder = try TemporaryFolder()
        let scorer = ProgramScorer(
            command: "echo $$ >>'\(folder.file("started"))'; " + Self.counting, workers: workers)
        #expect(scorer.promptsPerCall == 8 * workers)
        let rewards = try scorer.rewards(for: Self.groups(30, 1, 20))
        try scorer.settle()
        #expect(rewards.flatMap { $0 } == (1...51).map { -Double($0) - 0.5 })
        #expect(rewards.map(\.count) == [30, 1, 20])
        let started = try String(contentsOfFile: folder.file("started"), encoding: .utf8)
        #expect(Set(started.split(separator: "\n")).count == workers)
    }

    /// More than pipes hold, and a program that opens its input anew by name.
    @Test func questionsOfAnyLengthArrive() throws {
        var groups = Self.groups(3)
        for index in 0..<3 {
            groups[0].completions[index].text = String(repeating: "y\n", count: 300_000 * index)
        }
        let scorer = ProgramScorer(command: "exec sed -u 's/.*/7/' /dev/stdin")
        #expect(try scorer.rewards(for: groups) == [[7, 7, 7]])
        try scorer.settle()
    }

    @Test(arguments: [
        // Before it is asked anything, twice for each question, once at its end, and a part of a line.
        "echo 3; " + constant("1"), constant("1\\n2"), constant("1") + "; echo bye",
        constant("1") + "; printf 5",
    ])
    func aLineThatAnswersNoQuestionIsRefused(command: String) throws {
        let scorer = ProgramScorer(command: command)
        let error = #expect(throws: Failure.self) {
            _ = try scorer.rewards(for: groups)
            try scorer.settle()
        }
        guard case .unasked(_, let line, let kind) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect((1...4).contains(line))
        #expect(kind == (command.hasSuffix("bye") ? "text" : "a number"))
        #expect(
            error?.summary
                == "line \(line) of what the program that scores printed, \(kind), answers no question")
    }

    @Test(arguments: [
        ("five of it", "text"), ("", "an empty line"), ("True", "a truth value"),
        ("0,5", "a number with a comma"),
        ("0x10", "a hexadecimal number"), ("-nan", "NaN"), ("inf", "an infinity"),
        ("1e999", "a number that is too large"), ("1 2", "several numbers"),
        ("\\0377", "bytes that are not UTF-8"),
    ])
    func anAnswerThatIsNoNumberIsNamedByItsLineAndWhatItIs(answer: String, kind: String) throws {
        let command = "read -r line; echo 1; read -r line; printf '%b\\n' '\(answer)'; cat >/dev/null"
        let error = #expect(throws: Failure.self) {
            try ProgramScorer(command: command, timeout: 300).rewards(for: groups)
        }
        guard case .notANumber(_, 2, 2, kind, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.summary.contains("five") == false)
    }

    @Test(arguments: [("5\\r", 5), (" 4.5e1 ", 45), ("+3", 3), (".5", 0.5), ("-0", 0)])
    func aNumberMayHaveWhiteSpaceAroundIt(answer: String, value: Double) throws {
        let scorer = ProgramScorer(command: Self.constant(answer))
        #expect(try scorer.rewards(for: Self.groups(1)) == [[value]])
        try scorer.settle()
    }

    @Test func aProgramThatEndsEarlyIsNamedWithTheQuestionItOwes() throws {
        for (end, status) in [("exit 3", ProgramStatus.code(3)), ("kill -9 $$", .signal(9))] {
            let command = "read -r line; echo 1; \(end)"
            #expect(throws: Failure.ended(command: command, status: status, question: 2)) {
                try ProgramScorer(command: command).rewards(for: groups)
            }
        }
        // It never reads, and there is more to read than a pipe holds.
        var many = groups
        many[0].completions[0].text = String(repeating: "y", count: 1_000_000)
        #expect(throws: Failure.ended(command: "exit 0", status: .code(0), question: 1)) {
            try ProgramScorer(command: "exit 0").rewards(for: many)
        }
        let failing = Self.constant("1") + "; exit 4"
        let scorer = ProgramScorer(command: failing)
        #expect(try scorer.rewards(for: groups) == [[1, 1], [], [1]])
        #expect(throws: Failure.failedAtEnd(command: failing, status: .code(4))) { try scorer.settle() }
    }

    @Test func aProgramThatDoesNotAnswerInTimeIsNamedWithTheQuestion() {
        let command = "cat >/dev/null"
        let error = Failure.late(command: command, question: 1, seconds: 0.0625)
        #expect(throws: error) {
            try ProgramScorer(command: command, timeout: 0.0625).rewards(for: groups)
        }
        #expect(error.summary == "the program that scores did not answer question 1 within 0.0625 seconds")
    }

    @Test func whoWaitsForAnAnswerCanBeInterrupted() {
        #expect(throws: Interrupted.self) {
            try ProgramScorer(command: "cat >/dev/null", isCancelled: { true }).rewards(for: groups)
        }
    }

    /// Even one that does not end when it is asked to.
    @Test func noProgramOutlivesAnError() throws {
        let folder = try TemporaryFolder()
        let command =
            "trap '' TERM; echo $$ >'\(folder.file("process"))'; echo five; while read -r line; do :; done"
        #expect(throws: Failure.self) { try ProgramScorer(command: command).rewards(for: groups) }
        let text = try String(contentsOfFile: folder.file("process"), encoding: .utf8)
        let process = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(kill(process, 0) == -1 && errno == ESRCH)
    }

    @Test func rewardsAreKnownByAGivenNameOrElseByTheCommand() {
        func id(_ command: String, _ name: String? = nil) -> String {
            ProgramScorer(command: command, name: name).scorerID
        }
        #expect(id("cat", "mine") == "mine")
        #expect(id("cat") == id("cat"))
        #expect(id("cat") != id("tac"))
    }
}
