import Foundation
import Testing

@Suite struct HelpTests {
    private let root: DumpedHelp.Command

    init() throws {
        root = try DumpedHelp.ofTheTool().command
    }

    private var commands: [DumpedHelp.Command] {
        (root.subcommands ?? []).filter { $0.commandName != "help" }
    }

    @Test func everyCommandHasHelp() {
        #expect(!commands.isEmpty)
        #expect(commands.filter { ($0.abstract ?? "").isEmpty }.map(\.commandName) == [])
    }

    @Test func everyOptionHasHelp() {
        for command in commands {
            let silent = (command.arguments ?? []).filter { ($0.abstract ?? "").isEmpty }
            #expect(silent.map { $0.valueName ?? $0.kind } == [], "in \(command.commandName)")
        }
    }

    @Test func helpOfEveryCommandIsPrintedWithExitCodeZero() throws {
        for name in commands.map(\.commandName) {
            let result = try Tool.run(name, "--help")
            #expect(result.exitCode == 0)
            #expect(result.output.contains("USAGE: align-data \(name)"))
            #expect(result.error == "")
        }
    }

    @Test func everyCommandHasASectionInTheDocumentation() throws {
        let page = try String(
            contentsOf: Tool.package.appending(path: "Documentation/Commands.md"), encoding: .utf8)
        let sections = Set(page.split(separator: "\n").filter { $0.hasPrefix("## ") }.map { $0.dropFirst(3) })
        #expect(commands.map(\.commandName).filter { !sections.contains("`\($0)`") } == [])
    }

    @Test func theExitCodesAreDocumented() throws {
        let readme = try String(contentsOf: Tool.package.appending(path: "README.md"), encoding: .utf8)
        for code in [0, 1, 2, 64, 65, 74, 130] { #expect(readme.contains("| \(code) |")) }
    }
}
