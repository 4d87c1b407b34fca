/// Byte-pair encoding with the ids of HF tokenizers: byte-level (GPT-2, Llama 3, Qwen, DeepSeek) and of
/// characters with bytes to fall back to (Llama 2, Mistral, Gemma). Works on UTF-8 and scalars, never on
/// `Character`.
///
/// Value and thread semantics: immutable after loading; any number of threads may use one at once.
public final class Tokenizer: Sendable {
    let definition: TokenizerDefinition
    /// All added tokens, by their own content.
    let addedTokens: AddedTokens
    /// Those that are matched in the text as it is, and those that are matched after normalization.
    private let rawTokens: AddedTokens
    private let normalizedTokens: AddedTokens
    private let preTokenizer: PreTokenizer
    let model: BytePairEncoding
    let decoder: TokenDecoder
    /// For text that continues another: without the blank that some vocabularies put before a text.
    private let continuedNormalizer: Normalizer
    private let encoders = WordEncoderPool()

    /// SHA-256 (hexadecimal) over the canonical content: pieces, merges, added and special tokens,
    /// normalizer, pre-tokenizer, post-processor, decoder. The same for a GGUF and for a Hugging Face folder
    /// that hold the same tokenizer.
    public let hash: String

    init(_ definition: TokenizerDefinition) {
        self.definition = definition
        let normalizer = definition.normalizer
        continuedNormalizer = normalizer.withoutPrefix
        addedTokens = AddedTokens(definition.addedTokens)
        rawTokens = AddedTokens(definition.addedTokens.filter { !$0.isNormalized })
        normalizedTokens = AddedTokens(definition.addedTokens.filter(\.isNormalized)) {
            normalizer($0.content)
        }
        decoder = TokenDecoder(pieces: Self.decodedPieces(definition), decoder: definition.decoder)
        preTokenizer = Self.independentWords(definition)
        model = BytePairEncoding(
            symbols: Self.symbols(of: definition), merger: WordMerger(definition.merges),
            wholeWords: definition.ignoresMerges ? Self.wholeWords(definition) : nil)
        hash = definition.hash
    }

    /// The symbols of the model's own pieces.
    private static func symbols(of definition: TokenizerDefinition) -> SymbolTable {
        let pieces = definition.pieces.enumerated().lazy.map { (id: TokenID($0), piece: $1) }
        return SymbolTable(
            pieces: pieces.filter { !definition.additions.contains($0.id) },
            isByteLevel: definition.preTokenizer.isByteLevel, unknown: definition.unknown,
            fusesUnknown: definition.fusesUnknown, fallsBackToBytes: definition.fallsBackToBytes)
    }

    /// The pieces as they are decoded: a token that is matched after normalization stands for its normalized
    /// content, as in HF tokenizers.
    private static func decodedPieces(_ definition: TokenizerDefinition) -> [String] {
        var pieces = definition.pieces
        for token in definition.addedTokens where token.isNormalized {
            pieces[Int(token.id)] = definition.normalizer(token.content)
        }
        return pieces
    }

    /// The pre-tokenizer, which also cuts before each run of `▁` where no merge ever crosses such a place:
    /// the words between are then merged independently of each other, which leaves the ids as they are and
    /// lets words be remembered.
    private static func independentWords(_ definition: TokenizerDefinition) -> PreTokenizer {
        let metaspace = "▁"
        var result = definition.preTokenizer
        let bytes = Array(metaspace.utf8)
        let pieces = definition.pieces
        guard !result.isByteLevel, !definition.ignoresMerges,
            pieces.contains(where: { $0.utf8.elementsEqual(bytes) }),
            definition.merges.allSatisfy({ merge in
                !pieces[Int(merge.right)].utf8.starts(with: bytes)
                    || pieces[Int(merge.left)].utf8.suffix(bytes.count).elementsEqual(bytes)
            })
        else { return result }
        result.steps.append(.literal(LiteralSplit(metaspace, .runWithNext)))
        return result
    }

    private static func wholeWords(_ definition: TokenizerDefinition) -> PieceTable {
        PieceTable(
            definition.pieces.enumerated().compactMap { id, piece in
                guard !piece.isEmpty, !definition.additions.contains(TokenID(id)) else { return nil }
                guard definition.preTokenizer.isByteLevel else { return (Array(piece.utf8), TokenID(id)) }
                return ByteAlphabet.bytes(of: piece).map { ($0, TokenID(id)) }
            })
    }

    public var vocabularySize: Int { definition.pieces.count }
    public var beginningOfSequence: TokenID? { definition.beginningOfSequence }
    /// The token a completion ends with: for an instruction model the end of a turn.
    public var endOfSequence: TokenID? { definition.endOfSequence }
    /// All tokens that end a sequence, `endOfSequence` first: a model may have one for a turn and one for a
    /// text.
    public var endsOfSequence: [TokenID] { definition.endsOfSequence }
    /// Whether the model expects every sequence to begin with `beginningOfSequence`. `encode` adds it only
    /// where it is told to; `PromptTemplate.render` does.
    public var addsBeginningOfSequence: Bool { definition.addsBeginningOfSequence }
    /// The model's Jinja chat template, as its file has it.
    public var chatTemplate: String? { definition.chatTemplate }

    /// SHA-256 (hexadecimal) of `chatTemplate`.
    public var chatTemplateHash: String? {
        chatTemplate.map { template in
            var hash = ContentHash()
            hash.add(template)
            return hash.finalize()
        }
    }

    /// The piece of an id, in the vocabulary's own writing (`Ġthe`); empty outside the vocabulary.
    public func token(_ id: TokenID) -> String {
        definition.pieces.indices.contains(Int(id)) ? definition.pieces[Int(id)] : ""
    }

    /// The id of a control token such as `<|im_end|>`; nil when the vocabulary has no such control token.
    public func specialToken(_ content: String) -> TokenID? {
        addedTokens.all.first { $0.isSpecial && $0.content.utf8.elementsEqual(content.utf8) }?.id
    }

    public func isSpecial(_ id: TokenID) -> Bool { addedTokens.specialIDs.contains(id) }

    /// The ids of plain text: what looks like a control token in it is ordinary text.
    public func encode(_ text: String) -> [TokenID] { encode(text, parsingSpecialTokens: false) }

    /// The ids of `text`.
    /// - Parameters:
    ///   - parsingSpecialTokens: whether the names of control tokens become their ids. Never for text of
    ///     unknown
    ///     origin.
    ///   - addingSpecialTokens: whether the tokens that the model's file puts around a text are added.
    public func encode(
        _ text: String, parsingSpecialTokens: Bool, addingSpecialTokens: Bool = false
    ) -> [TokenID] {
        let tokens = encode(text, parsingSpecialTokens: parsingSpecialTokens, at: .start)
        return addingSpecialTokens ? definition.postProcessor(tokens) : tokens
    }

    /// The ids of plain text.
    func encode(_ text: String, at place: TextPlace) -> [TokenID] {
        encode(text, parsingSpecialTokens: false, at: place)
    }

    private func encode(_ text: String, parsingSpecialTokens: Bool, at place: TextPlace) -> [TokenID] {
        var text = text
        return text.withUTF8 { bytes in
            var output: [TokenID] = []
            output.reserveCapacity(bytes.count / 3 + 4)
            encoders.withEncoder { encoder in
                // Most added tokens are found in the text as it is; what lies between them is normalized
                // piece by piece, and the others are found there.
                rawTokens.split(bytes, special: parsingSpecialTokens) { piece in
                    switch piece {
                    case .token(let id, _): output.append(id)
                    case .text(let range):
                        let place = range.lowerBound == 0 ? place : .afterToken
                        withNormalized(UnsafeBufferPointer(rebasing: bytes[range]), at: place) { text in
                            normalizedTokens.split(text, special: parsingSpecialTokens) { piece in
                                switch piece {
                                case .token(let id, _): output.append(id)
                                case .text(let range):
                                    encode(
                                        UnsafeBufferPointer(rebasing: text[range]),
                                        at: range.lowerBound == 0 ? place : .afterToken, with: encoder,
                                        into: &output)
                                }
                            }
                        }
                    }
                }
            }
            return output
        }
    }

    private func withNormalized(
        _ text: UnsafeBufferPointer<UInt8>, at place: TextPlace, _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        let normalizer = place == .continuation ? continuedNormalizer : definition.normalizer
        guard normalizer != .none else { return body(text) }
        normalizer(text).withUnsafeBufferPointer(body)
    }

    private func encode(
        _ text: UnsafeBufferPointer<UInt8>, at place: TextPlace, with encoder: WordEncoder,
        into output: inout [TokenID]
    ) {
        guard let prefix = definition.preTokenizer.prefix else {
            return encoder.encode(text, preTokenizer: preTokenizer, model: model, into: &output)
        }
        prefix(text, at: place).withUnsafeBufferPointer {
            encoder.encode($0, preTokenizer: preTokenizer, model: model, into: &output)
        }
    }

    /// The text of `ids`, as HF tokenizers decodes it: exact to the byte, with U+FFFD where the bytes are not
    /// UTF-8. Ids outside the vocabulary stand for nothing.
    public func decode(_ ids: some Sequence<TokenID>, skippingSpecialTokens: Bool = true) -> String {
        decoder.text(of: ids.filter { !(skippingSpecialTokens && isSpecial($0)) })
    }

    /// The ends of the words of plain text (UTF-8 offset), with the number of ids up to there. Offsets are
    /// those of the text only where the definition `keepsText`.
    func measureWords(_ text: String, word: (_ end: Int, _ tokens: Int) -> Void) {
        var text = definition.normalizer(text)
        text.withUTF8 { bytes in
            encoders.withEncoder {
                $0.measure(bytes, preTokenizer: preTokenizer, model: model, word: word)
            }
        }
    }
}
