/// Tokens of a stream of text, for a person or another program: not a stage, nothing is kept.
public struct TextTokenization: Sendable {
    public enum Input: Sendable {
        /// One text.
        case text
        /// JSON lines: an object each, with the field `text`, or `ids` on the way back. Blank lines are passed over.
        case jsonLines
    }

    private let tokenizer: Tokenizer
    private let input: Input
    private let parsesSpecialTokens: Bool

    /// - Parameter parsingSpecialTokens: whether the names of control tokens stand for their ids.
    public init(tokenizer: Tokenizer, input: Input, parsingSpecialTokens: Bool = false) {
        self.tokenizer = tokenizer
        self.input = input
        parsesSpecialTokens = parsingSpecialTokens
    }

    /// Hands out each text with its ids, in order. JSON lines are tokenized on all cores.
    /// - Throws: `TextTokenizationError`; what the closures throw.
    public func encode(_ bytes: ByteSource, _ body: (_ text: String, _ ids: [TokenID]) throws -> Void) throws
    {
        guard case .jsonLines = input else {
            let text = try whole(bytes)
            return try body(text, tokenizer.encode(text, parsingSpecialTokens: parsesSpecialTokens))
        }
        var batch: [String] = []
        func flush() throws {
            let ids = try batch.concurrentMap {
                tokenizer.encode($0, parsingSpecialTokens: parsesSpecialTokens)
            }
            for (text, ids) in zip(batch, ids) { try body(text, ids) }
            batch.removeAll(keepingCapacity: true)
        }
        try forEachLine(of: bytes, field: "text") { value, line in
            if case .brokenString? = value {
                throw TextTokenizationError.line(
                    line, what: "has a field text that \(JSONLine.holdsLoneSurrogate)")
            }
            guard let text = value?.string else {
                throw TextTokenizationError.line(line, what: "has no field text with a string")
            }
            batch.append(text)
            if batch.count == 256 { try flush() }
        }
        try flush()
    }

    /// Hands out text as it becomes certain: pieces of one text for ids separated by white space or commas, a whole
    /// text for each JSON line. Control tokens are written by their names.
    /// - Throws: `TextTokenizationError`; what the closures throw.
    public func decode(_ bytes: ByteSource, _ body: (_ text: String) throws -> Void) throws {
        if case .jsonLines = input {
            return try forEachLine(of: bytes, field: "ids") { value, line in
                let ids = value?.array?.map { $0.int.flatMap(TokenID.init(exactly:)) }
                guard let ids, let all = ids as? [TokenID] else {
                    throw TextTokenizationError.line(line, what: "has no field ids with a list of token ids")
                }
                try body(tokenizer.decode(try all.map(known), skippingSpecialTokens: false))
            }
        }
        var decoder = StreamingDecoder(tokenizer, skippingSpecialTokens: false)
        var item = 0
        let separators: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ",")]
        for word in try whole(bytes).utf8.split(whereSeparator: separators.contains) {
            item += 1
            guard let id = TokenID(Substring(word)) else { throw TextTokenizationError.notAnID(item: item) }
            try body(decoder.append(try known(id)))
        }
        try body(decoder.finish())
    }

    private func known(_ id: TokenID) throws -> TokenID {
        guard id >= 0, Int(id) < tokenizer.vocabularySize else {
            throw TextTokenizationError.unknownID(id, vocabulary: tokenizer.vocabularySize)
        }
        return id
    }

    private func whole(_ bytes: ByteSource) throws -> String {
        var content: [UInt8] = []
        while case let chunk = try bytes(), !chunk.isEmpty { content += chunk }
        if let offset = content.withUnsafeBufferPointer(UTF8Validation.firstInvalid) {
            throw TextTokenizationError.notUTF8(offset: offset)
        }
        return String(decoding: content, as: UTF8.self)
    }

    /// - Parameter body: gets the value that a line has in the field; what the other fields hold does not matter.
    private func forEachLine(
        of bytes: ByteSource, field: String, _ body: (JSONValue?, _ line: Int) throws -> Void
    ) throws {
        var lines = LineReader(maxLineBytes: JSONLinesReader.maxLineBytes)
        func take(_ line: LineReader.Line, _ position: LineReader.Position) throws {
            guard case .whole(let bytes) = line else {
                throw TextTokenizationError.line(position.line, what: "is too long")
            }
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return }
            let object: JSONValue
            do throws(JSONFault) {
                object = try JSONValue(bytes, members: [Array(field.utf8)], allowsBrokenStrings: true)
            } catch {
                throw TextTokenizationError.line(
                    position.line, what: "is not JSON at byte \(error.offset): \(error.what)")
            }
            try body(object[field], position.line)
        }
        while case let chunk = try bytes(), !chunk.isEmpty { try lines.feed(chunk, take) }
        try lines.finish(take)
    }
}

/// Input that cannot be tokenized, or not be turned back into text.
public enum TextTokenizationError: DescribedError, Hashable {
    /// A line (from 1) of JSON lines; `what` says what it is or has.
    case line(Int, what: String)
    case notUTF8(offset: Int)
    /// Of ids in plain text: which one, from 1.
    case notAnID(item: Int)
    case unknownID(TokenID, vocabulary: Int)

    public var category: FailureCategory {
        switch self {
        case .line, .notUTF8, .unknownID: .badData
        case .notAnID: .usage
        }
    }

    public var summary: String {
        switch self {
        case .line(let line, let what): "line \(line) of the input \(what)"
        case .notUTF8(let offset): "the input is not UTF-8 at byte \(offset)"
        case .notAnID(let item): "item \(item) of the input is not a token id"
        case .unknownID(let id, let vocabulary):
            "the token id \(id) is outside the vocabulary of \(vocabulary) tokens"
        }
    }

    public var hint: String? {
        switch self {
        case .line: "--jsonl takes one object a line, with text, or ids where --decode is given"
        case .notUTF8, .unknownID: nil
        case .notAnID: "give ids such as 504 3575"
        }
    }
}
