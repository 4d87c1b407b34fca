import Foundation
import Testing

/// Every flag that a message, a page or a script names exists in the built command.
@Suite struct FlagTests {
    /// The flags of other programs that a page or a script names. The program's name stands in the line, or in the line
    /// before it.
    static let foreign: [String: Set<String>] = [
        "tensorboard": ["--logdir"],
        "pip": ["--no-deps", "--no-binary", "--dest"],
        "venv": ["--clear"],
        "apt-get": ["--no-install-recommends"],
        // What bench.sh calls the program of the benchmarks.
        "ours": ["--model", "--text", "--field", "--work", "--sequences", "--completions"],
    ]

    /// Beside the sources: what a person reads. Scripts that never call the command have flags of their own.
    static let pages = [
        "README.md", "Documentation", "schemas", "samples", "Makefile", "scripts/demo.sh",
        "scripts/experiment.sh",
        "scripts/bench.sh", "scripts/trials.sh", "scripts/setup.sh", "scripts/model.sh",
    ]

    private let commands: [String: Set<String>]
    private let all: Set<String>

    init() throws {
        let root = try DumpedHelp.ofTheTool().command
        commands = Dictionary(
            uniqueKeysWithValues: (root.subcommands ?? []).map { ($0.commandName, $0.flags) })
        all = root.flags.union(["--help", "--version"])
    }

    private struct Line {
        var number: Int
        var text: String
        var before: String
    }

    private struct Mention {
        /// `Documentation/Commands.md:12`.
        var place: String
        var flag: String
        /// The command or script that the flag is given to, where the text says which.
        var owner: String?
    }

    /// The flags of a line. One that follows `align-data NAME` or the name of a script of the project, or stands in the
    /// same code span as the name of a command, is given to that.
    private func mentions(in whole: Line, of path: String) -> [Mention] {
        let line = whole.text
        return line.matches(of: /(?:^|[^\w\-(.])(--[a-zA-Z][\w\-]*)/).compactMap { match in
            let flag = String(match.1)
            // A custom property of a style sheet.
            guard !line[match.range.upperBound...].hasPrefix(":") else { return nil }
            let isForeign = Self.foreign.contains { program, flags in
                flags.contains(flag) && (whole.before + " " + line).contains("\(program)")
            }
            if isForeign { return nil }
            let before = line[..<match.1.startIndex]
            let named = before.matches(
                of: /(?:`?align-data["\s]+|scripts\/|`)([a-z\-]+(?:\.sh)?)(?=[\s`"\\])/)
            let owner = named.last { commands[String($0.1)] != nil || $0.1.hasSuffix(".sh") }
            // What a code span says ends with it.
            let rest = owner.map { before[$0.range.upperBound...] } ?? ""
            let isOver = rest.contains("`") || rest.contains("|") || rest.contains(";")
            return Mention(
                place: "\(path):\(whole.number)", flag: flag, owner: isOver ? nil : owner.map { String($0.1) }
            )
        }
    }

    private func isKnown(_ mention: Mention, script: Set<String>) throws -> Bool {
        if script.contains(mention.flag) { return true }
        guard let owner = mention.owner else { return all.contains(mention.flag) }
        if let flags = commands[owner] { return flags.contains(mention.flag) || mention.flag == "--help" }
        return try flags(ofScript: owner).contains(mention.flag)
    }

    /// The options that a script of the project explains at its top: `#   --prompts N   …`.
    private func flags(ofScript name: String) throws -> Set<String> {
        let url = Tool.package.appending(path: "scripts/\(name)")
        guard let text = try? String(contentsOf: url, encoding: .utf8) else { return [] }
        var flags: Set<String> = []
        for line in text.split(separator: "\n") where line.hasPrefix("#") {
            flags.formUnion(line.matches(of: /--[a-zA-Z][\w\-]*/).map { String($0.output) })
        }
        // One option for each objective.
        if flags.contains("--betas-OBJECTIVE") {
            flags.formUnion(["--betas-", "--betas-copg", "--betas-dpo", "--betas-ipo"])
        }
        return flags
    }

    private func files(below path: String, of kinds: Set<String>) throws -> [String] {
        let root = Tool.package.appending(path: path)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: root.path, isDirectory: &isFolder) else { return [] }
        guard isFolder.boolValue else { return [path] }
        return try FileManager.default.subpathsOfDirectory(atPath: root.path).sorted()
            .filter { kinds.contains(($0 as NSString).pathExtension) }.map { path + "/" + $0 }
    }

    /// The lines of a file; those that end in a backslash with the ones that they go on in.
    private func lines(of path: String) throws -> [Line] {
        let text = try String(contentsOf: Tool.package.appending(path: path), encoding: .utf8)
        var lines: [Line] = []
        var goesOn = false
        for (index, text) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if goesOn {
                lines[lines.count - 1].text += " " + text
            } else {
                lines.append(Line(number: index + 1, text: String(text), before: lines.last?.text ?? ""))
            }
            goesOn = text.hasSuffix("\\")
            if goesOn { lines[lines.count - 1].text.removeLast() }
        }
        return lines
    }

    @Test func everyFlagOfAPageOrAScriptExists() throws {
        var unknown: [String] = []
        var count = 0
        for page in Self.pages {
            for path in try files(below: page, of: ["md", "sql", "json", "yml", "sh"]) {
                let name = (path as NSString).lastPathComponent
                let own = path.hasPrefix("scripts/") ? try flags(ofScript: name) : []
                for line in try lines(of: path) {
                    for mention in mentions(in: line, of: path) {
                        count += 1
                        if try !isKnown(mention, script: own) {
                            unknown.append(
                                "\(mention.place): \(mention.flag)"
                                    + (mention.owner.map { " of \($0)" } ?? ""))
                        }
                    }
                }
            }
        }
        #expect(unknown == [])
        #expect(count > 100)
    }

    @Test func everyFlagOfTheSourcesExists() throws {
        var unknown: [String] = []
        var count = 0
        for path in try files(below: "Sources", of: ["swift"]) {
            // The file of a command speaks of that command, unless it names another.
            let own = path.firstMatch(of: /Commands\/(\w+)Command\.swift$/).map {
                String($0.1.replacing(/[A-Z]/) { "-" + $0.output.lowercased() }.dropFirst())
            }
            for line in try lines(of: path) {
                for var mention in mentions(in: line, of: path) {
                    count += 1
                    mention.owner = mention.owner ?? own
                    if try !isKnown(mention, script: []) {
                        unknown.append(
                            "\(mention.place): \(mention.flag)" + (mention.owner.map { " of \($0)" } ?? ""))
                    }
                }
            }
        }
        #expect(unknown == [])
        #expect(count > 50)
    }

    /// A section of the page of commands speaks of its own command's flags, unless it names another.
    @Test func theSectionOfACommandNamesItsOwnFlags() throws {
        var unknown: [String] = []
        var section: String?
        for line in try lines(of: "Documentation/Commands.md") {
            if line.text.hasPrefix("## ") {
                section = line.text.firstMatch(of: /^## `([a-z\-]+)`/).map { String($0.1) }
            }
            guard let section else { continue }
            for mention in mentions(in: line, of: "Commands.md") where mention.owner == nil {
                if commands[section]?.contains(mention.flag) != true {
                    unknown.append("\(mention.place): \(mention.flag) of \(section)")
                }
            }
        }
        #expect(unknown == [])
    }
}
