import Foundation

/// The built `align-data`, run as a person would.
struct Tool {
    struct Result {
        var exitCode: Int32
        /// It did not end by itself; the exit code is the signal's number.
        var wasKilled = false
        var output: String
        var error: String
    }

    /// The executable lies beside the test bundle.
    static let executable: URL = {
        var folder = URL(filePath: CommandLine.arguments[0])
        #if os(Linux)
            folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        #else
            for bundle in Bundle.allBundles where bundle.bundlePath.hasSuffix(".xctest") {
                folder = bundle.bundleURL
            }
        #endif
        return folder.deletingLastPathComponent().appending(path: "align-data")
    }()

    /// Whether the package was built with the model engine.
    static let hasEngine = FileManager.default.fileExists(
        atPath: executable.deletingLastPathComponent().appending(path: "libTorchBackend.so").path)

    /// The folder of the package.
    static let package = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL

    /// Runs `align-data` with `arguments`, `input` on its standard input, and waits for its end.
    static func run(_ arguments: String..., input: String = "") throws -> Result {
        try run(arguments, input: input)
    }

    /// - Parameter environment: beside this process's own.
    static func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) throws -> Result {
        let folder = try TemporaryFolder()
        let files = ["in", "out", "err"].map { folder.url.appending(path: $0) }
        try Data(input.utf8).write(to: files[0])
        for file in files[1...] { try Data().write(to: file) }
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        try process.run()
        process.waitUntilExit()
        return Result(
            exitCode: process.terminationStatus,
            wasKilled: process.terminationReason == .uncaughtSignal,
            output: try String(contentsOf: files[1], encoding: .utf8),
            error: try String(contentsOf: files[2], encoding: .utf8))
    }

    /// Runs a shell line in which `$TOOL` is the executable.
    static func shell(_ line: String) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-o", "pipefail", "-c", line]
        process.environment = ProcessInfo.processInfo.environment.merging(["TOOL": executable.path]) { $1 }
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}

/// A folder of its own for one test, removed when the value goes.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "align-data-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }

    /// Writes `text` to a file of this folder and returns its path.
    func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: url.appending(path: name))
        return path(name)
    }
}
