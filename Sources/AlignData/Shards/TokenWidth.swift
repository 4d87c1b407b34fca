/// How token ids are stored: little-endian, in two bytes each where the vocabulary allows it, for a shard is mostly token
/// ids and everything that is done to it costs by the byte.
enum TokenWidth: Int {
    /// Unsigned.
    case two = 2
    /// Two's complement.
    case four = 4

    /// - Parameter vocabulary: how many ids there are; nil where nobody says.
    init(vocabulary: Int?) {
        let isSmall = vocabulary.map { $0 <= Int(UInt16.max) + 1 } ?? false
        self = isSmall ? .two : .four
    }

    /// The bytes of `tokens`.
    func write(_ tokens: [TokenID], to bytes: UnsafeMutableRawPointer) {
        switch self {
        case .two:
            var all: TokenID = 0
            for (i, token) in tokens.enumerated() {
                all |= token
                let stored = UInt16(truncatingIfNeeded: token).littleEndian
                bytes.storeBytes(of: stored, toByteOffset: 2 * i, as: UInt16.self)
            }
            precondition(0...TokenID(UInt16.max) ~= all, "token ids are within the vocabulary")
        case .four:
            for (i, token) in tokens.enumerated() {
                bytes.storeBytes(of: token.littleEndian, toByteOffset: 4 * i, as: TokenID.self)
            }
        }
    }

    /// - Returns: nil when these are not the bytes of whole ids.
    func tokens(_ bytes: UnsafeRawBufferPointer) -> [TokenID]? {
        guard bytes.count % rawValue == 0 else { return nil }
        return [TokenID](unsafeUninitializedCapacity: bytes.count / rawValue) { buffer, count in
            count = bytes.count / rawValue
            for i in 0..<count {
                switch self {
                case .two:
                    let stored = bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)
                    buffer[i] = TokenID(UInt16(littleEndian: stored))
                case .four:
                    let stored = bytes.loadUnaligned(fromByteOffset: 4 * i, as: TokenID.self)
                    buffer[i] = TokenID(littleEndian: stored)
                }
            }
        }
    }
}
