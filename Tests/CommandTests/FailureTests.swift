import Testing

@Suite struct FailureTests {
    @Test func anUnknownOptionIsAUsageError() throws {
        let result = try Tool.run("--no-such-option")
        #expect(result.exitCode == 64)
        #expect(result.output == "")
        #expect(
            result.error == """
                align-data: error: unknown option '--no-such-option'
                hint: `align-data help` lists the commands; each has `--help`

                """)
    }

    @Test func aReaderThatHasGoneIsNoFailure() throws {
        #expect(try Tool.shell("\"$TOOL\" --help | true") == 0)
    }
}
