import Foundation

/// Encodings that were used up, with their memory, for the next rows: new memory would have to be made by the kernel
/// page by page, which costs as much as filling it.
final class RowEncodingPool: @unchecked Sendable {
    // Guarded by the lock.
    private let lock = NSLock()
    private var spare: [RowEncoding] = []

    /// An encoding without values.
    func take() -> RowEncoding { lock.withLock { spare.popLast() } ?? RowEncoding() }

    /// - Parameter encoding: nobody uses it any more.
    func giveBack(_ encoding: RowEncoding) {
        encoding.removeAll()
        lock.withLock { spare.append(encoding) }
    }
}
