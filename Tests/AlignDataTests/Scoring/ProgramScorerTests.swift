import AlignData
import Foundation
import Testing

@Suite struct ProgramScorerTests {
    private let groups = [
        TokenGroup(prompt: [1, 2], completions: [[3], [4, 5, 6]]), TokenGroup(prompt: [7], completions: []),
        TokenGroup(prompt: [8], completions: [[9, 9]]),
    ]

    private func scorer(_ command: String, name: String? = nil) -> ProgramScorer {
        ProgramScorer(
            command: command, name: name,
            promptText: { "p\($0)" }, completionText: { String(repeating: "x", count: $0.count) })
    }

    @Test func eachCompletionGetsTheAnswerToItsOwnLine() throws {
        // Counts the x of each line, which only the completion has.
        let scorer = scorer("while read -r line; do x=${line//[!x]/}; echo \"-${#x}.5\"; done".inBash)
        for _ in 0..<3 { #expect(try scorer.rewards(for: groups) == [[-1.5, -3.5], [], [-2.5]]) }
        #expect(try scorer.rewards(for: []) == [])
    }

    @Test func aQuestionIsAnObjectALineWithPromptAndCompletion() throws {
        let folder = try TemporaryFolder()
        let scorer = scorer(
            "while read -r line; do printf '%s\\n' \"$line\" >>'\(folder.file("asked"))'; echo 0; done")
        _ = try scorer.rewards(for: groups)
        #expect(
            try String(contentsOfFile: folder.file("asked"), encoding: .utf8) == """
                {"completion":"x","prompt":"p[1, 2]"}
                {"completion":"xxx","prompt":"p[1, 2]"}
                {"completion":"xx","prompt":"p[8]"}

                """)
    }

    /// Far more than pipes hold, both ways, while the program answers as it reads.
    @Test func neitherSideWaitsForTheOtherForever() throws {
        let many = TokenGroup(
            prompt: [1], completions: Array(repeating: Array(repeating: 2, count: 400), count: 5000))
        #expect(try scorer("sed -u 's/.*/7/'").rewards(for: [many]) == [Array(repeating: 7, count: 5000)])
    }

    @Test func aProgramThatEndsEarlyIsNamedWithTheLineItOwes() throws {
        let command = "read -r line; echo 1; exit 3"
        #expect(throws: ProgramScorerError.ended(command: command, status: 3, line: 2)) {
            try scorer(command).rewards(for: groups)
        }
        // It never reads, and there is more to read than a socket holds.
        let many = TokenGroup(
            prompt: [1], completions: Array(repeating: Array(repeating: 2, count: 400), count: 5000))
        #expect(throws: ProgramScorerError.ended(command: "exit 0", status: 0, line: 1)) {
            try scorer("exit 0").rewards(for: [many])
        }
    }

    @Test func anAnswerThatIsNoNumberIsNamedByItsLineOverAllCalls() throws {
        let command = "echo 1; echo 2; echo 3; echo ' 4.5e1 '; echo five; echo 6; cat >/dev/null"
        let scorer = scorer(command)
        #expect(try scorer.rewards(for: groups) == [[1, 2], [], [3]])
        #expect(throws: ProgramScorerError.notANumber(command: command, line: 5)) {
            try scorer.rewards(for: groups)
        }
    }

    @Test func rewardsAreKnownByAGivenNameOrElseByTheCommand() {
        #expect(scorer("cat", name: "mine").scorerID == "mine")
        #expect(scorer("cat").scorerID == scorer("cat").scorerID)
        #expect(scorer("cat").scorerID != scorer("tac").scorerID)
    }
}

extension String {
    /// The same script, run by bash.
    fileprivate var inBash: String { "exec bash -c '\(self)'" }
}
