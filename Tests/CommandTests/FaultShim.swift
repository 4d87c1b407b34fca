import Foundation

#if os(Linux)
    /// A library that makes the tool's own operations fail, or end it, at a chosen one: `Faults/faults.c` says which.
    struct FaultShim {
        private let library: String

        /// Compiles it into `folder`.
        init(in folder: TemporaryFolder) throws {
            library = folder.path("faults.so")
            let code = Tool.package.appending(path: "Tests/CommandTests/Faults/faults.c").path
            let status = try Tool.shell("clang -shared -fPIC -O1 -o '\(library)' '\(code)' -ldl")
            guard status == 0 else { throw NotCompiled() }
        }

        /// What the tool's environment says of the fault. `number` is of the operation that fails, where they are counted.
        func environment(_ fault: String, in place: String = "", at number: Int? = nil) -> [String: String] {
            var environment = ["LD_PRELOAD": library, "FAULT": fault, "FAULT_FOLDER": place]
            environment["FAULT_AT"] = number.map(String.init)
            return environment
        }

        private struct NotCompiled: Error, CustomStringConvertible {
            var description: String { "clang, which comes with Swift, did not compile the faults" }
        }
    }
#endif
