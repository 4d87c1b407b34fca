/// Byte strings with ids; finds the longest that begins at a position of a text.
struct ByteTrie: Sendable {
    private struct Node: Sendable {
        /// -1 where no string ends.
        var id: TokenID = -1
        var edges: [(byte: UInt8, node: Int32)] = []
    }

    private var nodes = [Node()]
    /// The node of each first byte; 0 where there is none.
    private var roots = [Int32](repeating: 0, count: 256)

    /// - Parameter strings: of equal ones the last counts; empty ones are left out.
    init(_ strings: [(bytes: [UInt8], id: TokenID)]) {
        for (bytes, id) in strings where !bytes.isEmpty {
            var node = 0
            for byte in bytes {
                if let next = nodes[node].edges.first(where: { $0.byte == byte })?.node {
                    node = Int(next)
                } else {
                    let next = nodes.count
                    nodes.append(Node())
                    nodes[node].edges.append((byte, Int32(next)))
                    node = next
                }
            }
            nodes[node].id = id
        }
        for edge in nodes[0].edges { roots[Int(edge.byte)] = edge.node }
    }

    /// The first position from `start` on where a string could begin; the end of the text where none could.
    func candidate(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        guard nodes.count > 1 else { return text.count }
        return roots.withUnsafeBufferPointer { roots in
            var position = start
            while position < text.count, roots[Int(text[position])] == 0 { position += 1 }
            return position
        }
    }

    /// The id and length of the longest string that begins at `position`.
    func longest(in text: UnsafeBufferPointer<UInt8>, at position: Int) -> (id: TokenID, length: Int)? {
        var node = Int(roots[Int(text[position])])
        guard node > 0 else { return nil }
        var end = position + 1
        var found: (TokenID, Int)?
        while true {
            if nodes[node].id >= 0 { found = (nodes[node].id, end - position) }
            guard end < text.count, let next = nodes[node].edges.first(where: { $0.byte == text[end] })?.node
            else { return found }
            node = Int(next)
            end += 1
        }
    }
}
