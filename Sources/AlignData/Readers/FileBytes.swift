import Foundation

/// A plain file, read in chunks.
public final class FileBytes {
    public let path: String
    public private(set) var bytesRead = 0
    private let file: UnsafeMutablePointer<FILE>

    /// - Parameter name: how errors name the file.
    public init(path: FileSystemPath, name: String) throws {
        guard let file = path.withCString({ $0.flatMap { fopen($0, "rb") } }) else {
            throw ReadError(name: name, reason: String(cString: strerror(errno)))
        }
        self.file = file
        self.path = name
    }

    deinit { fclose(file) }

    /// Up to 256 KiB; empty at the end.
    public func read() throws -> [UInt8] {
        let chunk = [UInt8](unsafeUninitializedCapacity: 1 << 18) { buffer, count in
            count = fread(buffer.baseAddress, 1, buffer.count, file)
        }
        if chunk.isEmpty, ferror(file) != 0 {
            throw ReadError(name: path, reason: String(cString: strerror(errno)))
        }
        bytesRead += chunk.count
        return chunk
    }
}

/// The file system refused a file.
public struct ReadError: DescribedError, Hashable {
    public var name: String
    public var reason: String

    public var category: FailureCategory { .inputOutput }
    public var summary: String { "the file cannot be read: \(reason)" }
    public var location: String? { name }
}
