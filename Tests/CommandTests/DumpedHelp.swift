import Foundation

/// What `--experimental-dump-help` says of the command.
struct DumpedHelp: Decodable {
    struct Command: Decodable {
        var commandName: String
        var abstract: String?
        var arguments: [Argument]?
        var subcommands: [Command]?

        /// The names of its options and flags as they are written, those of its subcommands too: `--output`, `-o`.
        var flags: Set<String> {
            let own = (arguments ?? []).flatMap { $0.names ?? [] }.map(\.spelling)
            return (subcommands ?? []).reduce(into: Set(own)) { $0.formUnion($1.flags) }
        }
    }

    struct Argument: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String

            var spelling: String { (kind == "long" ? "--" : "-") + name }
        }

        var kind: String
        var valueName: String?
        var abstract: String?
        var names: [Name]?
    }

    var command: Command

    static func ofTheTool() throws -> DumpedHelp {
        let dumped = try Tool.run("--experimental-dump-help")
        return try JSONDecoder().decode(DumpedHelp.self, from: Data(dumped.output.utf8))
    }
}
