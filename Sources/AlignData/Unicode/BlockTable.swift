/// A value for every code point in two array reads: blocks of 256 scalars, equal blocks stored once.
struct BlockTable<Value: Hashable & Sendable>: Sendable {
    /// Block number of scalar >> 8.
    let blocks: [UInt16]
    /// The blocks, one after the other.
    let values: [Value]

    /// - Parameter flat: the value of each of the 0x110000 code points.
    init(_ flat: [Value]) {
        precondition(flat.count == 0x110000)
        var blocks: [UInt16] = []
        var values: [Value] = []
        var known: [[Value]: UInt16] = [:]
        for start in stride(from: 0, to: flat.count, by: 256) {
            let block = Array(flat[start..<start + 256])
            if let number = known[block] {
                blocks.append(number)
            } else {
                let number = UInt16(values.count >> 8)
                known[block] = number
                blocks.append(number)
                values += block
            }
        }
        self.blocks = blocks
        self.values = values
    }

    /// - Parameter scalar: below 0x110000.
    @inline(__always)
    subscript(scalar: UInt32) -> Value { values[Int(blocks[Int(scalar >> 8)]) << 8 | Int(scalar & 255)] }
}
