import CLibXML2

/// A node of a tree that it keeps alive.
public struct XMLNode {
    /// Whatever frees the tree when nobody needs it any more.
    let tree: AnyObject
    let pointer: xmlNodePtr

    /// 1-based line of its start.
    public var line: Int { xmlGetLineNo(pointer) }

    /// The texts that `path` selects, starting at this node; of a string, number or boolean the text of that.
    public func texts(_ path: XPath) -> [String] { path.texts(from: pointer) }

    /// The nodes that `path` selects, in document order.
    public func nodes(_ path: XPath) -> [XMLNode] {
        path.nodes(from: pointer).map { XMLNode(tree: tree, pointer: $0) }
    }

    /// What a person reads of it.
    public var text: String { MarkupText.text(of: pointer) }
}
