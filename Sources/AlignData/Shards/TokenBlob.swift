/// Token ids as they are stored: 4 bytes each, two's complement, little-endian.
enum TokenBlob {
    static let width = 4

    static func append(_ tokens: [TokenID], to bytes: inout [UInt8]) {
        #if _endian(little)
            tokens.withUnsafeBytes { bytes.append(contentsOf: $0) }
        #else
            for token in tokens { withUnsafeBytes(of: token.littleEndian) { bytes.append(contentsOf: $0) } }
        #endif
    }

    /// `nil` when the length is not a multiple of the width.
    static func tokens(_ bytes: UnsafeRawBufferPointer) -> [TokenID]? {
        guard bytes.count % width == 0 else { return nil }
        return [TokenID](unsafeUninitializedCapacity: bytes.count / width) { buffer, count in
            count = bytes.count / width
            for i in 0..<count {
                buffer[i] = TokenID(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: i * width, as: TokenID.self))
            }
        }
    }
}
