import Foundation

/// What the file system refused.
package struct FileError: DescribedError, Equatable {
    /// What was tried: "write the file".
    package let operation: String
    package let path: String
    /// The system's own words.
    package let reason: String
    /// Whether there was no room left.
    package let isDiskFull: Bool

    package init(_ operation: String, _ path: String, reason: String, isDiskFull: Bool = false) {
        (self.operation, self.path, self.reason) = (operation, path, reason)
        self.isDiskFull = isDiskFull
    }

    /// - Parameter code: as `errno` has it.
    package init(_ operation: String, _ path: String, code: Int32 = errno) {
        self.init(
            operation, path, reason: Self.words(code), isDiskFull: code == ENOSPC || code == EDQUOT)
    }

    /// What Foundation could not do.
    init(_ operation: String, _ path: String, cause: any Error) {
        let code = ((cause as? CocoaError)?.underlying as? POSIXError)?.code.rawValue
        self.init(operation, path, code: code ?? errno)
    }

    package var category: FailureCategory { .inputOutput }
    package var summary: String { isDiskFull ? "the disk is full" : "cannot \(operation): \(reason)" }
    package var location: String? { path }
    package var hint: String? {
        isDiskFull ? "free some space and run the same command again; what is finished is kept" : nil
    }

    /// The system's words for an error number.
    package static func words(_ code: Int32 = errno) -> String {
        String(cString: strerror(code)).lowercased()
    }
}
