public import AlignData
import CTorchAPI
import Foundation

/// libtorch, loaded on first use: a program that never touches a model never pays for it.
///
/// The backend is the dynamic library `libTorchBackend.so`, built by this package from `CTorch`. It is looked for
/// in `ALIGN_DATA_TORCH_BACKEND` (a path), then beside the executable.
public final class TorchBackend: @unchecked Sendable {
    let api: ctorch_api

    private init(api: ctorch_api) { self.api = api }

    private static let loaded: Result<TorchBackend, TorchError> = Result { () throws(TorchError) in try open()
    }

    /// The backend; the first call loads it (about 0.3 s).
    /// - Throws: `TorchError.unavailable` with where it was looked for.
    public static func shared() throws -> TorchBackend { try loaded.get() }

    private static func open() throws(TorchError) -> TorchBackend {
        let environment = ProcessInfo.processInfo.environment
        #if os(macOS)
            let file = "libTorchBackend.dylib"
        #else
            let file = "libTorchBackend.so"
        #endif
        let executable = URL(fileURLWithPath: CommandLine.arguments.first ?? "").resolvingSymlinksInPath()
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            .map { URL(fileURLWithPath: $0) } ?? executable
        var candidates: [String] = []
        if let path = environment["ALIGN_DATA_TORCH_BACKEND"], !path.isEmpty { candidates.append(path) }
        candidates.append(own.deletingLastPathComponent().appendingPathComponent(file).path)
        for test in CommandLine.arguments where test.hasSuffix(".xctest") {
            let bundle = URL(fileURLWithPath: test)
            candidates.append(bundle.deletingLastPathComponent().appendingPathComponent(file).path)
        }
        // libtorch's threads wait for each other by spinning. On a busy machine that is ruinous (a training step took
        // four times as long beside another program), so unless told otherwise they soon go to sleep instead.
        if environment["OMP_WAIT_POLICY"] == nil { setenv("GOMP_SPINCOUNT", "20000", 0) }
        var reason = "it is not there"
        for path in candidates where FileManager.default.fileExists(atPath: path) {
            guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
                reason = dlerror().map { String(cString: $0) } ?? "it cannot be loaded"
                continue
            }
            guard let symbol = dlsym(library, "ctorch_table") else {
                reason = "\(path) is not a torch backend"
                continue
            }
            let entry = unsafeBitCast(symbol, to: ctorch_entry_point.self)
            guard let table = entry(UInt32(CTORCH_API_VERSION)) else {
                reason = "\(path) was built for another version of this program"
                continue
            }
            return TorchBackend(api: table.pointee)
        }
        throw TorchError.unavailable(looked: candidates, reason: reason)
    }

    /// The version of libtorch, for instance "2.13.0".
    public var torchVersion: String { api.library_version().map { String(cString: $0) } ?? "unknown" }

    /// Tensor handles alive in this process. A test brings it back to where it was.
    public var liveHandles: Int { Int(api.live_handles()) }

    /// Whether bf16 products run on matrix instructions here; otherwise fp32 is faster.
    public var hasFastBFloat16: Bool { api.has_fast_bfloat16() != 0 }

    /// The instructions that kernels are chosen by: "AVX512 BF16".
    public var instructionSet: String { api.instruction_set().map { String(cString: $0) } ?? "unknown" }

    /// What the last digits of what is computed here depend on, as manifests and training records state it.
    public static func facts() throws -> [String: String] {
        let torch = try shared()
        return [
            ComputeFacts.threads: String(torch.threads), ComputeFacts.instructionSet: torch.instructionSet,
            ComputeFacts.torch: torch.torchVersion,
        ]
    }

    /// Threads of one operation.
    public var threads: Int {
        get { Int(api.get_threads()) }
        set { _ = api.set_threads(Int32(newValue)) }
    }

    /// Turns a status into an error that names the operation.
    func check(_ status: Int32, _ operation: StaticString) throws {
        guard status != 0 else { return }
        let reason = api.last_error().map { String(cString: $0) } ?? "no reason given"
        throw TorchError.operation(String(describing: operation), reason: reason)
    }

    /// Runs `body` with gradients recorded on this thread or not.
    func recordingGradients<T>(_ on: Bool, _ body: () throws -> T) rethrows -> T {
        let former = api.set_gradient_recording(on ? 1 : 0)
        defer { _ = api.set_gradient_recording(former) }
        return try body()
    }
}

/// What can go wrong in the engine.
public enum TorchError: DescribedError {
    /// The backend library could not be loaded.
    case unavailable(looked: [String], reason: String)
    /// libtorch refused an operation.
    case operation(String, reason: String)

    public var category: FailureCategory { .failed }

    public var summary: String {
        switch self {
        case .unavailable(_, let reason): "the torch backend cannot be loaded: \(reason)"
        case .operation(let name, let reason):
            "libtorch failed in \(name): \(reason.split(separator: "\n").first.map(String.init) ?? reason)"
        }
    }

    public var location: String? {
        if case .unavailable(let looked, _) = self { looked.joined(separator: ", ") } else { nil }
    }

    public var hint: String? {
        switch self {
        case .unavailable:
            "run scripts/setup.sh and build again, or set TORCH_DIR to an installed torch before building"
        case .operation(_, let reason):
            reason.contains("memory")
                ? "shorter prompts and completions need less memory; in training, so do fewer tokens a pass and activations "
                    + "that are computed again"
                : nil
        }
    }
}
