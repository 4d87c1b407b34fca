extension TextDecoder {
    struct Page {
        var bytes: [UInt8]
        /// The name under which libxml2 knows it.
        var encoding: String
        var isRepaired = false
    }

    /// A page of HTML with its encoding; UTF-8 wherever that can be made of it. A page that declares none is UTF-8 when its
    /// bytes are, and Windows-1252 when they are not, as browsers take it.
    /// - Returns: `nil` for a page that is not of the UTF-8 that it declares, when no repair is asked for.
    func page(_ bytes: [UInt8]) -> Page? {
        if markupEncoding != nil {
            // It is UTF-8 already.
            return text(bytes).map { Page(bytes: $0.bytes, encoding: Self.utf8, isRepaired: $0.isRepaired) }
        }
        let declared = bytes.withUnsafeBufferPointer { HTMLEncoding(of: $0) }
        switch declared {
        case .other(let name): return Page(bytes: bytes, encoding: name)
        case .windows1252: return Page(bytes: Windows1252.utf8(bytes), encoding: Self.utf8)
        case .utf16(let isBigEndian):
            return Page(bytes: Array(bytes.dropFirst(2)), encoding: isBigEndian ? "UTF-16BE" : "UTF-16LE")
        case .utf8, nil:
            if declared == nil, repair == nil, !bytes.withUnsafeBufferPointer(UTF8Validation.isValid) {
                return Page(bytes: Windows1252.utf8(bytes), encoding: Self.utf8)
            }
            return text(bytes).map {
                Page(bytes: $0.bytes, encoding: Self.utf8, isRepaired: $0.isRepaired)
            }
        }
    }

    private static let utf8 = "UTF-8"
}
