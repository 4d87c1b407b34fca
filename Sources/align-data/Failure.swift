import AlignData
import ArgumentParser
import Foundation

/// The one place that phrases errors for a person and decides the exit code.
enum Failure {
    /// Reports `error` on standard error (`align-data: error: what (where)`, `hint: …`) and ends the process.
    static func exit(with error: any Error) -> Never {
        if let error = error as? any DescribedError {
            report(what: error.summary, location: error.location, hint: error.hint)
            end(error.category)
        }
        // What ArgumentParser has to say: help and versions that were asked for, and mistakes in the usage.
        let code = AlignDataCommand.exitCode(for: error)
        if code == .success { AlignDataCommand.exit(withError: error) }
        if error is ExitCode { Foundation.exit(code.rawValue) }
        if code == .validationFailure {
            report(what: usageMistake(error), location: nil, hint: usageHint)
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

    /// ArgumentParser's sentence, in the manner of our own: lower case, without a full stop.
    private static func usageMistake(_ error: any Error) -> String {
        lowered(AlignDataCommand.message(for: error))
    }

    /// Where the command that was meant explains itself.
    private static var usageHint: String {
        let names = AlignDataCommand.configuration.subcommands.compactMap { $0.configuration.commandName }
        guard let name = CommandLine.arguments.dropFirst().first(where: names.contains) else {
            return "`align-data help` lists the commands"
        }
        return "`align-data \(name) --help` shows how it is used"
    }

    private static func plainSentence(_ error: any Error) -> String {
        lowered((error as NSError).localizedDescription)
    }

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

/// A mistake in what was asked for, found after the options were parsed.
struct UsageError: DescribedError {
    var summary: String
    var location: String?
    var hint: String?
    var category: FailureCategory { .usage }

    init(_ summary: String, at location: String? = nil, hint: String? = nil) {
        self.summary = summary
        self.location = location
        self.hint = hint
    }
}
