import Synchronization

/// Encodings that were used up, with their memory, for the next rows: new memory would have to be made by the kernel
/// page by page, which costs as much as filling it.
final class RowEncodingPool: Sendable {
    private let spare = Mutex<[RowEncoding]>([])

    /// An encoding without values.
    func take() -> RowEncoding { spare.withLock { $0.popLast() } ?? RowEncoding() }

    /// - Parameter encoding: nobody uses it any more.
    func giveBack(_ encoding: RowEncoding) {
        encoding.removeAll()
        spare.withLock { $0.append(encoding) }
    }
}
