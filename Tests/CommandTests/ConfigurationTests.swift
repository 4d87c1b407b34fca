import Foundation
import Testing

@Suite struct ConfigurationTests {
    @Test func aDryRunPrintsTheResolvedConfigurationAndDoesNothing() throws {
        let folder = try TemporaryFolder()
        let result = try Tool.run(
            "pairs", "nowhere", "--rewards", "nowhere", "--strategy", "random", "--pairs-per-prompt", "3",
            "--output", folder.path("pairs"), "--dry-run")
        #expect(result.exitCode == 0)
        #expect(result.error == "")
        #expect(
            result.output == """
                {
                  "randomPairs" : 3,
                  "seed" : 0,
                  "strategy" : "random"
                }

                """)
        #expect(!FileManager.default.fileExists(atPath: folder.path("pairs")))
    }
}
