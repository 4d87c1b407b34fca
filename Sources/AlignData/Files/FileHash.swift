import Crypto
package import Foundation

/// SHA-256, in lowercase hexadecimal.
package enum FileHash {
    package static func sha256(_ bytes: Data) -> String { SHA256.hash(data: bytes).hexString }

    /// The hashes of several files, computed on all cores.
    static func sha256(ofFiles paths: [String]) throws -> [String] {
        try paths.concurrentMap { try sha256(ofFile: $0) }
    }

    /// The hash of a file's bytes, read a megabyte at a time.
    package static func sha256(ofFile path: String) throws -> String {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw FileError("open the file", path) }
        defer { close(descriptor) }
        var hash = SHA256()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            let count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw FileError("read the file", path) }
            if count == 0 { return hash.finalize().hexString }
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
