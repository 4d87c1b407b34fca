/// Why a file is not XML. Holds no text of the file.
public struct XMLFault: Error, Hashable, Sendable {
    /// 1-based; 0 where it is not known.
    public var line: Int
    /// libxml2's error number (`xmlParserErrors`).
    public var code: Int

    /// One sentence for a person.
    public var detail: String { "not well-formed XML: \(XMLFault.names[code] ?? "libxml2 error \(code)")" }

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
