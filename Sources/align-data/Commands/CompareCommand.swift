import AlignData
import ArgumentParser
import CoPGTrain

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Lay the evaluations of several trained policies side by side.",
        discussion: """
            Runs that differ in their seed alone share a row. Prints a table of reward, KL, ROUGE-L, length and the \
            share that ended by itself by objective and β; --output gets it as JSON, Markdown and a page, with \
            pictures of the final reward against β and KL, and of the reward against steps.
            """)

    @Argument(
        help: ArgumentHelp(
            "Folders that `evaluate` wrote for policies that `train` wrote.", valueName: "report"))
    var reports: [String]

    @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write.", valueName: "folder"))
    var output: String?

    @Flag(help: "Print the comparison as JSON.")
    var json = false

    func validate() throws { if let output { try FolderName.check(output, "--output") } }

    func run() throws {
        let comparison = try Comparison(reports: reports)
        if let output { try comparison.write(to: output) }
        if json {
            try Output.print(json: comparison)
        } else {
            Terminal.standardOutput.write(comparison.plainText)
        }
    }
}
