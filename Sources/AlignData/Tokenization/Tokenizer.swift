/// Byte-level BPE, with the ids of HF tokenizers. Works on UTF-8 and scalars, never on `Character`.
///
/// Value and thread semantics: immutable after loading; any number of threads may use one at once.
public final class Tokenizer: Sendable {
    let definition: TokenizerDefinition
    let addedTokens: AddedTokens
    let model: BytePairEncoding
    let decoder: TokenDecoder
    private let encoders = WordEncoderPool()

    /// SHA-256 (hexadecimal) over the canonical content: pieces, merges, added and special tokens,
    /// normalizer, pre-tokenizer. The same for a GGUF and for a Hugging Face folder that hold the same
    /// tokenizer.
    public let hash: String

    init(_ definition: TokenizerDefinition) {
        self.definition = definition
        addedTokens = AddedTokens(definition.addedTokens)
        decoder = TokenDecoder(pieces: definition.pieces)
        var byteTokens = [TokenID](repeating: -1, count: 256)
        let scalars = ByteAlphabet.scalars
        var byteOf: [Unicode.Scalar: Int] = [:]
        for (byte, scalar) in scalars.enumerated() { byteOf[scalar] = byte }
        for (id, piece) in definition.pieces.enumerated() {
            let scalars = piece.unicodeScalars
            guard let first = scalars.first, scalars.dropFirst().isEmpty, let byte = byteOf[first] else {
                continue
            }
            byteTokens[byte] = TokenID(id)
        }
        model = BytePairEncoding(byteTokens: byteTokens, merger: WordMerger(definition.merges))
        hash = definition.hash
    }

    public var vocabularySize: Int { definition.pieces.count }
    public var beginningOfSequence: TokenID? { definition.beginningOfSequence }
    /// The token a completion ends with: for an instruction model the end of a turn.
    public var endOfSequence: TokenID? { definition.endOfSequence }
    /// Whether the model expects every sequence to begin with `beginningOfSequence`. `encode` never adds it;
    /// `PromptTemplate.render` does.
    public var addsBeginningOfSequence: Bool { definition.addsBeginningOfSequence }
    /// The model's Jinja chat template, as its file has it.
    public var chatTemplate: String? { definition.chatTemplate }

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
    /// - Parameter parsingSpecialTokens: whether the names of control tokens become their ids. Never for
    ///   text of
    ///   unknown origin.
    public func encode(_ text: String, parsingSpecialTokens: Bool) -> [TokenID] {
        var text = text
        return text.withUTF8 { bytes in
            var output: [TokenID] = []
            output.reserveCapacity(bytes.count / 3 + 4)
            encoders.withEncoder { encoder in
                // Added tokens are found in the text as it is; what lies between them is normalized piece
                // by piece.
                addedTokens.split(bytes, special: parsingSpecialTokens) { piece in
                    switch piece {
                    case .token(let id, _): output.append(id)
                    case .text(let range):
                        encode(UnsafeBufferPointer(rebasing: bytes[range]), with: encoder, into: &output)
                    }
                }
            }
            return output
        }
    }

    private func encode(
        _ segment: UnsafeBufferPointer<UInt8>, with encoder: WordEncoder, into output: inout [TokenID]
    ) {
        guard definition.normalizer != .none else {
            return encoder.encode(segment, preTokenizer: definition.preTokenizer, model: model, into: &output)
        }
        var normalized = definition.normalizer(String(decoding: segment, as: UTF8.self))
        normalized.withUTF8 {
            encoder.encode($0, preTokenizer: definition.preTokenizer, model: model, into: &output)
        }
    }

    /// The text of `ids`: exact to the byte, with U+FFFD where the bytes are not UTF-8. Ids outside the
    /// vocabulary stand for nothing.
    public func decode(_ ids: some Sequence<TokenID>, skippingSpecialTokens: Bool = true) -> String {
        var bytes: [UInt8] = []
        for id in ids where !(skippingSpecialTokens && isSpecial(id)) { bytes += decoder.bytes(of: id) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The ends of the words of plain text (UTF-8 offset), with the number of ids up to there.
    func measureWords(_ text: String, word: (_ end: Int, _ tokens: Int) -> Void) {
        var text = definition.normalizer(text)
        text.withUTF8 { bytes in
            encoders.withEncoder {
                $0.measure(bytes, preTokenizer: definition.preTokenizer, model: model, word: word)
            }
        }
    }
}
