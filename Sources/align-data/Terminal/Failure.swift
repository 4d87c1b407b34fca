import AlignData
import ArgumentParser
import Foundation

/// The one place that phrases errors for a person and decides the exit code.
enum Failure {
    /// Reports `error` on standard error (`align-data: error: what (where)`, `hint: …`) and ends the process.
    static func exit(with error: any DescribedError) -> Never {
        report(what: error.summary, location: error.location, hint: error.hint)
        end(error.category)
    }

    /// The same for whatever `command` threw.
    static func exit(with error: any Error, of command: any ParsableCommand.Type) -> Never {
        if let error = error as? any DescribedError { exit(with: error) }
        // What ArgumentParser has to say: help and versions that were asked for, and mistakes in the usage.
        let code = command.exitCode(for: error)
        if code == .success { command.exit(withError: error) }
        if error is ExitCode { Foundation.exit(code.rawValue) }
        if code == .validationFailure {
            report(what: lowered(command.message(for: error)), location: nil, hint: usageHint(of: command))
            end(.usage)
        }
        report(what: plainSentence(error), location: nil, hint: nil)
        end(isFileError(error) ? .inputOutput : .failed)
    }

    private static func report(what: String, location: String?, hint: String?) {
        let place = location.map { " (\($0))" } ?? ""
        Terminal.standardError.write("align-data: error: \(what)\(place)\n")
        if let hint { Terminal.standardError.write("hint: \(hint)\n") }
    }

    private static func end(_ category: FailureCategory) -> Never { Foundation.exit(category.rawValue) }

    /// Where the command that was meant explains itself.
    private static func usageHint(of command: any ParsableCommand.Type) -> String {
        let names = command.configuration.subcommands.compactMap { $0.configuration.commandName }
        guard let name = CommandLine.arguments.dropFirst().first(where: names.contains) else {
            return "`align-data help` lists the commands"
        }
        return "`align-data \(name) --help` shows how it is used"
    }

    private static func plainSentence(_ error: any Error) -> String {
        lowered((error as NSError).localizedDescription)
    }

    /// A sentence in the manner of our own: lower case, without a full stop.
    private static func lowered(_ sentence: String) -> String {
        var text = sentence.trimmingCharacters(in: .whitespacesAndNewlines)
        if text.hasSuffix(".") { text.removeLast() }
        return text.prefix(1).lowercased() + text.dropFirst()
    }

    private static func isFileError(_ error: any Error) -> Bool {
        let domain = (error as NSError).domain
        return domain == NSCocoaErrorDomain || domain == NSPOSIXErrorDomain
    }
}
