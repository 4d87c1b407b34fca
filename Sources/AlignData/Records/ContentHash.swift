import Crypto

/// SHA-256 over a sequence of parts, each preceded by its length, so that no two sequences run together.
package struct ContentHash {
    private var hash = SHA256()

    package init() {}

    package mutating func add(_ number: Int) {
        withUnsafeBytes(of: UInt64(bitPattern: Int64(number)).littleEndian) { hash.update(bufferPointer: $0) }
    }

    package mutating func add(_ bytes: UnsafeRawBufferPointer) {
        add(bytes.count)
        hash.update(bufferPointer: bytes)
    }

    package mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    /// Lowercase hexadecimal.
    package func finalize() -> String { hash.finalize().hexString }
}
