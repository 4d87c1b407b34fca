import CLibXML2

/// Cuts a stream of XML into the elements that are records, each as a small tree, in memory that depends on the
/// largest record alone.
///
/// No network and no external entity is ever touched: declarations of entities in other files are dropped. The
/// expansion of internal entities is bounded by libxml2, as are the depth (256) and a text (10 MB). Names lose their
/// namespaces.
public final class XMLRecordStream {
    public enum Piece {
        /// `line` is where its start tag ends, 1-based.
        case record(XMLNode, line: Int)
        /// More text than the limit.
        case tooLarge(line: Int)
    }

    /// References to entities that nobody declared here, in files that name an external subset; they are left out.
    public private(set) var droppedEntities = 0

    private let record: ElementPath
    private let hasManyRoots: Bool
    private let maxRecordBytes: Int
    private let isUTF8: Bool
    private var parser: Parser?
    private var pieces: [Piece] = []
    private var fault: XMLFault?
    private var isStarted = false
    private var held: [UInt8] = []

    /// The open elements, by names that the parser's dictionary keeps.
    private var names: [UnsafePointer<UInt8>] = []
    /// Depth of the record that is open.
    private var recordDepth: Int?
    private var recordBytes = 0
    private var recordLine = 0
    /// Depth at which a record became too large; what lies deeper or comes later is not built.
    private var cutDepth: Int?

    /// - Parameters:
    ///   - hasManyRoots: the file is a row of elements without a common root, as SGML corpora are; entities that
    ///     nobody declared are left out.
    ///   - isUTF8: the bytes are UTF-8, whatever the file declares.
    ///   - maxRecordBytes: of a record's text and names.
    public init(
        record: ElementPath, hasManyRoots: Bool = false, isUTF8: Bool = false, maxRecordBytes: Int = 32 << 20
    ) {
        _ = XMLRecordStream.library
        self.record = record
        self.hasManyRoots = hasManyRoots
        self.isUTF8 = isUTF8
        self.maxRecordBytes = maxRecordBytes
    }

    /// The records that end within `chunk`.
    /// - Throws: `XMLFault`, once and not before what was whole has been returned by `take()`.
    public func feed(_ chunk: [UInt8]) throws {
        var chunk = chunk
        if !isStarted {
            // libxml2 tells the encoding from the first bytes.
            held += chunk
            guard held.count >= 64 else { return }
            chunk = started()
        }
        try parse(chunk, isLast: false)
    }

    /// Ends the stream.
    /// - Throws: `XMLFault`.
    public func finish() throws {
        try parse(isStarted ? [] : started(), isLast: !hasManyRoots)
        if hasManyRoots { try parse(Array("</\(Self.rootName)>".utf8), isLast: true) }
    }

    /// The records found since the last call.
    public func take() -> [Piece] {
        defer { pieces = [] }
        return pieces
    }

    private static let rootName = "many-roots"

    /// The bytes held back, ready to be parsed.
    private func started() -> [UInt8] {
        isStarted = true
        defer { held = [] }
        guard hasManyRoots else { return held }
        if held.starts(with: [0xEF, 0xBB, 0xBF]) { held.removeFirst(3) }
        // SGML's names of the predefined entities; the external subset, which is never read, makes others no error.
        let prolog =
            "<!DOCTYPE \(Self.rootName) SYSTEM 'none' [<!ENTITY AMP '&#38;#38;'><!ENTITY LT '&#38;#60;'>"
            + "<!ENTITY GT '&#62;'><!ENTITY QUOT '&#34;'>]><\(Self.rootName)>"
        return Array(prolog.utf8) + held
    }

    private func parse(_ chunk: [UInt8], isLast: Bool) throws {
        if parser == nil { try start() }
        guard let context = parser?.context else { return }
        // Chunks may come by any thread.
        xml_silence()
        _ = chunk.withUnsafeBytes { buffer in
            xmlParseChunk(
                context, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count),
                isLast ? 1 : 0)
        }
        if context.pointee.wellFormed == 0 {
            throw fault ?? XMLFault(line: 0, code: Int(context.pointee.errNo))
        }
        // Bytes that are not of the declared encoding halt the parser, and it calls what came before well-formed.
        if context.pointee.disableSAX != 0 {
            throw fault
                ?? XMLFault(
                    line: Int(xmlSAX2GetLineNumber(context)), code: Int(XML_ERR_INVALID_ENCODING.rawValue))
        }
    }

    private func start() throws {
        guard let context = xmlCreatePushParserCtxt(nil, nil, nil, 0, nil) else {
            throw XMLFault(line: 0, code: 2)
        }
        parser = Parser(context: context)
        let options =
            XML_PARSE_NONET.rawValue | XML_PARSE_NOENT.rawValue | XML_PARSE_NOERROR.rawValue
            | XML_PARSE_NOWARNING.rawValue | XML_PARSE_COMPACT.rawValue | XML_PARSE_BIG_LINES.rawValue
        let ignored = isUTF8 ? XML_PARSE_IGNORE_ENC.rawValue : 0
        xmlCtxtUseOptions(context, Int32(options | ignored))
        context.pointee._private = Unmanaged.passUnretained(self).toOpaque()
        guard let handlers = context.pointee.sax else { return }
        handlers.pointee.entityDecl = { context, name, type, publicID, systemID, content in
            if type == Int32(XML_INTERNAL_GENERAL_ENTITY.rawValue) {
                xmlSAX2EntityDecl(context, name, type, publicID, systemID, content)
            }
        }
        handlers.pointee.serror = { context, error in
            guard let error, error.pointee.level == XML_ERR_FATAL else { return }
            XMLRecordStream.of(context)?.note(error.pointee)
        }
        handlers.pointee.startElementNs = { context, name, _, _, _, _, attributes, defaulted, values in
            guard let name else { return }
            XMLRecordStream.of(context)?.open(context, name, attributes, defaulted, values)
        }
        handlers.pointee.endElementNs = { context, name, _, _ in
            XMLRecordStream.of(context)?.close(context, name)
        }
        // One function for both: libxml2 looks for blanks to ignore where they differ.
        let text: charactersSAXFunc = { context, bytes, count in
            guard XMLRecordStream.of(context)?.isBuilding(bytes: Int(count)) == true else { return }
            xmlSAX2Characters(context, bytes, count)
        }
        handlers.pointee.characters = text
        handlers.pointee.ignorableWhitespace = text
        handlers.pointee.cdataBlock = { context, bytes, count in
            guard XMLRecordStream.of(context)?.isBuilding(bytes: Int(count)) == true else { return }
            xmlSAX2Characters(context, bytes, count)
        }
        handlers.pointee.reference = { context, _ in
            guard let stream = XMLRecordStream.of(context), stream.recordDepth != nil else { return }
            stream.droppedEntities += 1
        }
        handlers.pointee.comment = nil
        handlers.pointee.processingInstruction = nil
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> XMLRecordStream? {
        guard let parser = context?.assumingMemoryBound(to: xmlParserCtxt.self),
            let stream = parser.pointee._private
        else { return nil }
        return Unmanaged<XMLRecordStream>.fromOpaque(stream).takeUnretainedValue()
    }

    // MARK: - What the parser tells

    /// Later errors follow from the first, which therefore is the one to tell.
    private func note(_ error: xmlError) {
        if fault == nil { fault = XMLFault(line: Int(error.line), code: Int(error.code)) }
    }

    private func open(
        _ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<UInt8>, _ attributes: Int32,
        _ defaulted: Int32, _ values: UnsafeMutablePointer<UnsafePointer<UInt8>?>?
    ) {
        names.append(name)
        if recordDepth == nil {
            guard record.matches(names) else { return }
            recordDepth = names.count
            recordBytes = 0
            cutDepth = nil
            recordLine = Int(xmlSAX2GetLineNumber(context))
        }
        guard isBuilding(bytes: 64) else { return }
        // Five pointers an attribute: name, prefix, namespace, value, its end.
        for index in 0..<Int(attributes) {
            if let value = values?[5 * index + 3], let end = values?[5 * index + 4] {
                recordBytes += end - value
            }
            values?[5 * index + 1] = nil
            values?[5 * index + 2] = nil
        }
        xmlSAX2StartElementNs(context, name, nil, nil, 0, nil, attributes, defaulted, values)
    }

    private func close(_ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<UInt8>?) {
        defer { names.removeLast() }
        guard let recordDepth, let context = context?.assumingMemoryBound(to: xmlParserCtxt.self),
            names.count <= cutDepth ?? .max
        else { return }
        let node = context.pointee.node
        xmlSAX2EndElementNs(context, name, nil, nil)
        let isCut = cutDepth != nil
        // Whatever opens from here on has no node.
        if isCut { cutDepth = names.count - 1 }
        guard names.count == recordDepth, let node, let parser else { return }
        self.recordDepth = nil
        xmlUnlinkNode(node)
        if !isCut {
            let tree = Tree(root: node, parser: parser)
            pieces.append(.record(XMLNode(tree: tree, pointer: node), line: recordLine))
        } else {
            xmlFreeNode(node)
            pieces.append(.tooLarge(line: recordLine))
        }
    }

    /// Whether what comes next belongs into a tree.
    private func isBuilding(bytes: Int) -> Bool {
        guard recordDepth != nil, cutDepth == nil else { return false }
        recordBytes += bytes
        guard recordBytes > maxRecordBytes else { return true }
        // The element that is being opened, if any, gets no node.
        cutDepth = openNodes
        return cutDepth == nil
    }

    /// Depth down to which the open elements have nodes.
    private var openNodes: Int {
        guard let parser, let recordDepth else { return 0 }
        return recordDepth - 1 + Int(parser.context.pointee.nodeNr)
    }

    /// The parser's state, with the dictionary that all names lie in.
    private final class Parser {
        let context: xmlParserCtxtPtr

        init(context: xmlParserCtxtPtr) { self.context = context }

        deinit {
            if let document = context.pointee.myDoc { xmlFreeDoc(document) }
            xmlFreeParserCtxt(context)
        }
    }

    /// A record's tree.
    private final class Tree {
        let root: xmlNodePtr
        let parser: Parser

        init(root: xmlNodePtr, parser: Parser) {
            self.root = root
            self.parser = parser
        }

        deinit { xmlFreeNode(root) }
    }

    /// libxml2 wants to be initialised once before threads use it.
    static let library: Void = xmlInitParser()
}
