import CLibXML2

/// An XML file as a tree. No network and no external entity is ever touched; the expansion of internal
/// entities is bounded by libxml2; text nodes are at most 10 MB.
public final class XMLDocument {
    /// Why a file is not XML. Holds no text of the file.
    public struct Fault: Error, Hashable, Sendable {
        /// 1-based.
        public var line: Int
        /// libxml2's error number (`xmlParserErrors`).
        public var code: Int

        /// One sentence for a person.
        public var detail: String { "not well-formed XML: \(Fault.names[code] ?? "libxml2 error \(code)")" }

        private static let names: [Int: String] = [
            4: "the file is empty or does not start with an element", 5: "text after the end of the document",
            9: "a character that XML does not allow, or bytes of another encoding",
            26: "an undeclared entity",
            27: "an undeclared entity", 32: "an encoding that is not known",
            38: "a < inside an attribute value",
            41: "an attribute without a value", 68: "a name is missing", 73: "a > is missing",
            76: "an end tag that does not match its start tag", 77: "the file ends inside an element",
            81: "bytes that are not of the declared encoding", 89: "entities that refer to themselves",
        ]
    }

    fileprivate let document: xmlDocPtr

    /// - Throws: `XMLDocument.Fault` when the bytes are not well-formed.
    public init(_ bytes: [UInt8]) throws {
        _ = XMLDocument.library
        guard bytes.count < Int(Int32.max), let context = xmlNewParserCtxt() else {
            throw Fault(line: 0, code: 2)
        }
        defer { xmlFreeParserCtxt(context) }
        // Entities are substituted, but only those whose text stands in the file: a declaration that names
        // another file is dropped, so a reference to it is an undeclared entity.
        context.pointee.sax.pointee.entityDecl = { context, name, type, publicID, systemID, content in
            if type == Int32(XML_INTERNAL_GENERAL_ENTITY.rawValue) {
                xmlSAX2EntityDecl(context, name, type, publicID, systemID, content)
            }
        }
        // Later errors follow from the first, which therefore is the one to tell.
        let first = UnsafeMutablePointer<(line: Int32, code: Int32)>.allocate(capacity: 1)
        first.initialize(to: (0, 0))
        defer { first.deallocate() }
        context.pointee._private = UnsafeMutableRawPointer(first)
        context.pointee.sax.pointee.serror = { context, error in
            guard let parser = context?.assumingMemoryBound(to: xmlParserCtxt.self),
                let first = parser.pointee._private?.assumingMemoryBound(to: (line: Int32, code: Int32).self),
                first.pointee.code == 0, let error, error.pointee.level.rawValue >= XML_ERR_ERROR.rawValue
            else { return }
            first.pointee = (error.pointee.line, error.pointee.code)
        }
        let options =
            XML_PARSE_NONET.rawValue | XML_PARSE_NOENT.rawValue | XML_PARSE_NOERROR.rawValue
            | XML_PARSE_NOWARNING.rawValue | XML_PARSE_COMPACT.rawValue | XML_PARSE_BIG_LINES.rawValue
        let parsed = bytes.withUnsafeBytes { buffer in
            xmlCtxtReadMemory(
                context, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count), nil,
                nil,
                Int32(options))
        }
        guard let parsed, context.pointee.wellFormed != 0 else {
            if let parsed { xmlFreeDoc(parsed) }
            throw Fault(line: Int(first.pointee.line), code: Int(first.pointee.code))
        }
        document = parsed
    }

    deinit { xmlFreeDoc(document) }

    /// The nodes that `path` selects, in document order.
    public func nodes(_ path: XPath) -> [XMLNode] {
        path.nodes(
            in: document, from: UnsafeMutableRawPointer(document).assumingMemoryBound(to: xmlNode.self)
        )
        .map { XMLNode(document: self, pointer: $0) }
    }

    fileprivate var pointer: xmlDocPtr { document }

    /// libxml2 wants to be initialised once before threads use it.
    private static let library: Void = xmlInitParser()
}

/// A node of a document that it keeps alive.
public struct XMLNode {
    let document: XMLDocument
    let pointer: xmlNodePtr

    /// 1-based line of its start.
    public var line: Int { xmlGetLineNo(pointer) }

    /// The texts that `path` selects, starting at this node.
    public func texts(_ path: XPath) -> [String] {
        path.texts(in: document.pointer, from: pointer)
    }
}
