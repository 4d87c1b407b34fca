/// A path as the file system has it: bytes, which need not be UTF-8.
public struct FileSystemPath: Hashable, Sendable {
    /// With NUL at the end.
    private let bytes: [CChar]

    public init(_ path: String) { bytes = Array(path.utf8CString) }

    private init(bytes: [CChar]) { self.bytes = bytes }

    /// Something inside this folder.
    /// - Parameter name: its bytes, without NUL.
    func appending(_ name: [CChar]) -> FileSystemPath {
        FileSystemPath(bytes: bytes.dropLast() + [CChar(bitPattern: UInt8(ascii: "/"))] + name + [0])
    }

    func withCString<Result>(_ body: (UnsafePointer<CChar>?) throws -> Result) rethrows -> Result {
        try bytes.withUnsafeBufferPointer { try body($0.baseAddress) }
    }
}
