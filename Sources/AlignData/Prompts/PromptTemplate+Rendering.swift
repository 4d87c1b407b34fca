/// A prompt as the model gets it.
public struct RenderedPrompt: Hashable, Sendable {
    /// The text that `tokens` encode, the names of the template's control tokens included.
    public var text: String
    public var tokens: [TokenID]
    /// Characters (Unicode scalars) that the truncation rule cut from its field; 0 when whole.
    public var truncatedCharacters: Int

    public init(text: String, tokens: [TokenID], truncatedCharacters: Int) {
        self.text = text
        self.tokens = tokens
        self.truncatedCharacters = truncatedCharacters
    }
}

extension PromptTemplate {
    /// Fills in the fields, tokenizes, and truncates by the template's rule.
    ///
    /// The names of control tokens in the template's own text become their ids; what looks like one in a
    /// field's value stays ordinary text. Where the tokenizer says so, beginning-of-sequence comes first; a chat
    /// begins as the model's chat template has it.
    /// - Throws: `PromptTemplateError.missingField`, `.tooLong`.
    public func render(fields: [String: String], tokenizer: Tokenizer) throws -> RenderedPrompt {
        let segments = try segments(fields: fields, tokenizer: tokenizer)
        var rendered = RenderedPrompt(segments, withBeginning: surroundings == nil, tokenizer: tokenizer)
        guard rendered.tokens.count > maxTokens else { return rendered }
        guard case .lastNewlineThenCharacter(let field) = truncation, var value = fields[field] else {
            throw PromptTemplateError.tooLong(tokens: rendered.tokens.count, limit: maxTokens)
        }
        let atLeast = LowerBound(value, tokenizer: tokenizer)
        let whole = value.unicodeScalars.count
        var fields = fields
        while rendered.tokens.count > maxTokens {
            repeat {
                guard !value.isEmpty else {
                    throw PromptTemplateError.tooLong(tokens: rendered.tokens.count, limit: maxTokens)
                }
                let scalars = value.unicodeScalars
                let end = scalars.lastIndex(of: "\n") ?? scalars.index(before: scalars.endIndex)
                value = String(scalars[..<end])
            } while atLeast(value.utf8.count) > maxTokens
            fields[field] = value
            rendered = RenderedPrompt(
                try self.segments(fields: fields, tokenizer: tokenizer), withBeginning: surroundings == nil,
                tokenizer: tokenizer)
        }
        rendered.truncatedCharacters = whole - value.unicodeScalars.count
        return rendered
    }

    /// The ids of a completion that ended by itself: prefix, text, end-of-sequence. Plain text throughout.
    public func encodeCompletion(_ text: String, tokenizer: Tokenizer) -> [TokenID] {
        tokenizer.encode(completionPrefix + text, at: .continuation)
            + (tokenizer.endOfSequence.map { [$0] } ?? [])
    }

    /// The rendered prompt, cut at the control tokens of the template's own text.
    private func segments(fields: [String: String], tokenizer: Tokenizer) throws -> [PromptSegment] {
        precondition(chat == nil || surroundings != nil, "a chat is resolved before it is rendered")
        var message: [(text: String, isOwn: Bool)] = []
        for part in parts {
            switch part {
            case .literal(let literal): message.append((literal, true))
            case .field(let name):
                guard let value = fields[name] else { throw PromptTemplateError.missingField(name: name) }
                message.append((value, false))
            }
        }
        if let surroundings { message = try surroundings.parts(message) }
        return PromptSegment.segments(message, tokenizer: tokenizer)
    }
}

/// A piece of a prompt.
private enum PromptSegment {
    case text(String)
    case special(TokenID, String)

    /// Cuts a prompt at the names of control tokens in those of its parts that are a template's own. A control token
    /// that takes the white space beside it along takes that of the other parts, too.
    static func segments(_ parts: [(text: String, isOwn: Bool)], tokenizer: Tokenizer) -> [PromptSegment] {
        var whole = ""
        var own: [Range<Int>] = []
        for part in parts where !part.text.isEmpty {
            let start = whole.utf8.count
            whole += part.text
            guard part.isOwn else { continue }
            if let last = own.last, last.upperBound == start {
                own[own.count - 1] = last.lowerBound..<whole.utf8.count
            } else {
                own.append(start..<whole.utf8.count)
            }
        }
        var segments: [PromptSegment] = []
        var text = ""
        whole.withUTF8 { bytes in
            tokenizer.addedTokens.split(bytes, special: true, own: own) { piece in
                switch piece {
                case .text(let range): text += String(decoding: bytes[range], as: UTF8.self)
                case .token(let id, let range):
                    let name = String(decoding: bytes[range], as: UTF8.self)
                    guard tokenizer.isSpecial(id) else {
                        text += name
                        return
                    }
                    if !text.isEmpty { segments.append(.text(text)) }
                    text = ""
                    segments.append(.special(id, name))
                }
            }
        }
        if !text.isEmpty { segments.append(.text(text)) }
        return segments
    }
}

extension RenderedPrompt {
    /// A prompt of a chat template's own text and of messages, which are plain text throughout.
    init(_ parts: [(text: String, isOwn: Bool)], tokenizer: Tokenizer) {
        self.init(
            PromptSegment.segments(parts, tokenizer: tokenizer), withBeginning: false, tokenizer: tokenizer)
    }

    /// - Parameter withBeginning: whether beginning-of-sequence comes first where the tokenizer says so; a chat begins
    ///   as the model's chat template has it.
    fileprivate init(_ segments: [PromptSegment], withBeginning: Bool, tokenizer: Tokenizer) {
        self.init(text: "", tokens: [], truncatedCharacters: 0)
        for segment in segments {
            switch segment {
            case .text(let text):
                tokens += tokenizer.encode(text, at: self.text.isEmpty ? .start : .afterToken)
                self.text += text
            case .special(let id, let name):
                text += name
                tokens.append(id)
            }
        }
        if withBeginning, tokenizer.addsBeginningOfSequence, let begin = tokenizer.beginningOfSequence,
            tokens.first != begin
        {
            tokens.insert(begin, at: 0)
            text = tokenizer.token(begin) + text
        }
    }
}

/// A lower bound on the tokens of a prompt whose field is cut at a byte, from one tokenization of the whole
/// field: it spares the rule the steps that cannot fit. Words near the cut and near the field's start may
/// come out otherwise inside the prompt, so they are not counted.
private struct LowerBound {
    /// Ends of the field's words (UTF-8 offset) and the ids up to there.
    private var words: [(end: Int, tokens: Int)] = []
    private let isExact: Bool

    init(_ value: String, tokenizer: Tokenizer) {
        isExact =
            tokenizer.definition.keepsText && tokenizer.addedTokens.all.allSatisfy(\.isSpecial)
        guard isExact else { return }
        tokenizer.measureWords(value) { words.append(($0, $1)) }
    }

    func callAsFunction(_ cut: Int) -> Int {
        guard isExact else { return 0 }
        // The words that end before the cut.
        var low = 0
        var high = words.count
        while low < high {
            let middle = (low + high) / 2
            if words[middle].end < cut { low = middle + 1 } else { high = middle }
        }
        return low > 6 ? words[low - 3].tokens - words[2].tokens : 0
    }
}
