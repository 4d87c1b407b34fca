import CLibXML2

/// A compiled XPath 1.0 expression.
public final class XPath {
    public let expression: String
    private let compiled: xmlXPathCompExprPtr

    /// `nil` when `expression` is not XPath.
    public init?(_ expression: String) {
        _ = XMLRecordStream.library
        self.expression = expression
        guard let context = xmlXPathNewContext(nil) else { return nil }
        defer { xmlXPathFreeContext(context) }
        // Without a handler libxml2 writes to stderr.
        context.pointee.error = { _, _ in }
        guard let compiled = xmlXPathCtxtCompile(context, expression) else { return nil }
        self.compiled = compiled
    }

    deinit { xmlXPathFreeCompExpr(compiled) }

    func nodes(from node: xmlNodePtr) -> [xmlNodePtr] {
        evaluate(from: node) { Self.nodes(of: $0) ?? [] } ?? []
    }

    /// One text a node for a node set; one text for a string, number or boolean.
    func texts(from node: xmlNodePtr) -> [String] {
        evaluate(from: node) { result in
            if let nodes = Self.nodes(of: result) { return nodes.map { MarkupText.text(of: $0) } }
            guard let string = xmlXPathCastToString(result) else { return [] }
            defer { xml_release(string) }
            let text = String(cString: string)
            return text.isEmpty ? [] : [text]
        } ?? []
    }

    /// `nil` when the result is not a set of nodes.
    private static func nodes(of result: xmlXPathObjectPtr) -> [xmlNodePtr]? {
        guard result.pointee.type == XPATH_NODESET else { return nil }
        guard let set = result.pointee.nodesetval else { return [] }
        return (0..<Int(set.pointee.nodeNr)).compactMap { set.pointee.nodeTab[$0] }
    }

    private func evaluate<Value>(from node: xmlNodePtr, _ body: (xmlXPathObjectPtr) -> Value) -> Value? {
        guard let context = xmlXPathNewContext(node.pointee.doc) else { return nil }
        defer { xmlXPathFreeContext(context) }
        context.pointee.error = { _, _ in }
        context.pointee.node = node
        guard let result = xmlXPathCompiledEval(compiled, context) else { return nil }
        defer { xmlXPathFreeObject(result) }
        return body(result)
    }
}
