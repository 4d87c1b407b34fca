import CLibXML2

/// A page of HTML as a tree. Whatever the bytes are, there is one: HTML as published is seldom well-formed.
public final class HTMLDocument {
    private let document: htmlDocPtr

    /// - Parameter encoding: of the bytes; `nil` where the page declares it.
    /// - Returns: `nil` for an empty page.
    public init?(_ bytes: UnsafeBufferPointer<UInt8>, encoding: String? = nil) {
        _ = XMLRecordStream.library
        xml_silence()
        guard bytes.count < Int(Int32.max), let base = bytes.baseAddress else { return nil }
        let options =
            HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
            | HTML_PARSE_NONET.rawValue | HTML_PARSE_COMPACT.rawValue
        let parsed = base.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
            htmlReadMemory($0, Int32(bytes.count), nil, encoding, Int32(options))
        }
        guard let parsed else { return nil }
        document = parsed
    }

    deinit { xmlFreeDoc(document) }

    /// The `html` element.
    public var root: XMLNode? {
        xmlDocGetRootElement(document).map { XMLNode(tree: self, pointer: $0) }
    }
}
