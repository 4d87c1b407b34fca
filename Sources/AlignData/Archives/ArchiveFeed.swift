import CLibArchive
import Foundation

/// Hands the bytes of an archive to libarchive.
final class ArchiveFeed {
    private let input: ArchiveInput
    /// The stream's last chunk, which libarchive may look at until it asks for the next.
    private var chunk = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 0)
    private var error: (any Error)?
    /// Bytes of a stream handed out.
    private var delivered = 0

    /// - Throws: `ArchiveError.cannotOpen`.
    init(_ input: ArchiveInput, name: String) throws {
        self.input = input
        switch input {
        case .file(let path):
            guard let file = path.withCString({ $0.flatMap { fopen($0, "rb") } }) else {
                throw ArchiveError.cannotOpen(archive: name, reason: String(cString: strerror(errno)))
            }
            fclose(file)
        case .memory(let bytes):
            chunk.deallocate()
            chunk = .allocate(capacity: bytes.count)
            _ = chunk.initialize(from: bytes)
        case .stream: break
        }
    }

    deinit { chunk.deallocate() }

    /// The feed must live as long as `handle`.
    func open(_ handle: OpaquePointer) -> Int32 {
        switch input {
        case .file(let path): return path.withCString { archive_read_open_filename(handle, $0, 1 << 16) }
        case .memory: return archive_read_open_memory(handle, chunk.baseAddress, chunk.count)
        case .stream:
            return archive_read_open(
                handle, Unmanaged.passUnretained(self).toOpaque(), nil,
                { handle, feed, buffer in
                    guard let feed, let buffer else { return -1 }
                    return Unmanaged<ArchiveFeed>.fromOpaque(feed).takeUnretainedValue().read(into: buffer)
                }, nil)
        }
    }

    private func read(into buffer: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
        guard case .stream(let source) = input else { return -1 }
        do {
            let bytes = try source()
            chunk.deallocate()
            chunk = .allocate(capacity: bytes.count)
            _ = chunk.initialize(from: bytes)
            delivered += bytes.count
            buffer.pointee = UnsafeRawPointer(chunk.baseAddress)
            return bytes.count
        } catch {
            self.error = error
            return -1
        }
    }

    /// What the stream threw, once.
    func takeError() -> (any Error)? {
        defer { error = nil }
        return error
    }

    /// Whether there is a byte other than zero from `offset` on.
    func hasContent(from offset: Int) throws -> Bool {
        switch input {
        case .file(let path):
            guard let file = path.withCString({ $0.flatMap { fopen($0, "rb") } }) else { return false }
            defer { fclose(file) }
            fseeko(file, off_t(offset), SEEK_SET)
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
                if buffer[..<count].contains(where: { $0 != 0 }) { return true }
            }
            return false
        case .memory: return chunk[min(offset, chunk.count)...].contains { $0 != 0 }
        case .stream(let source):
            let left = min(max(delivered - offset, 0), chunk.count)
            if chunk[(chunk.count - left)...].contains(where: { $0 != 0 }) { return true }
            while case let bytes = try source(), !bytes.isEmpty {
                if bytes.contains(where: { $0 != 0 }) { return true }
            }
            return false
        }
    }
}
