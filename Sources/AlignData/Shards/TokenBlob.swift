/// Token ids as they are stored: 4 bytes each, two's complement, little-endian.
enum TokenBlob {
    static let width = 4

    static func withBytes(of tokens: [TokenID], _ body: (UnsafeRawBufferPointer) -> Void) {
        #if _endian(little)
            tokens.withUnsafeBytes(body)
        #else
            tokens.map(\.littleEndian).withUnsafeBytes(body)
        #endif
    }

    /// `nil` when the length is not a multiple of the width.
    static func tokens(_ bytes: UnsafeRawBufferPointer) -> [TokenID]? {
        guard bytes.count % width == 0 else { return nil }
        return [TokenID](unsafeUninitializedCapacity: bytes.count / width) { buffer, count in
            count = bytes.count / width
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
            #if !_endian(little)
                for i in 0..<count { buffer[i] = TokenID(littleEndian: buffer[i]) }
            #endif
        }
    }
}
