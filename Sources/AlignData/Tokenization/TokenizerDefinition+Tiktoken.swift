import Crypto
import Foundation

/// A tiktoken rank file: a line a token, its bytes in base 64 and its rank.
///
/// Neither the split pattern nor the special tokens are in the file, so it is recognised by its content: the
/// SHA-256 of the encodings known here. Any other is refused rather than guessed at.
struct TiktokenRanks {
    /// By rank; empty where the file has none.
    let tokens: [[UInt8]]

    /// Whether the file begins as rank files do.
    static func areRanks(path: String) -> Bool {
        guard let handle = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? handle.close() }
        guard let head = try? handle.read(upToCount: 1024),
            let line = head.split(separator: 0x0a, maxSplits: 1).first
        else { return false }
        return rank(Data(line)) != nil
    }

    private static func rank(_ line: Data) -> (token: [UInt8], rank: Int)? {
        let parts = line.split(separator: 0x20)
        guard parts.count == 2, let token = Data(base64Encoded: Data(parts[0])), !token.isEmpty,
            let rank = Int(String(decoding: parts[1], as: UTF8.self)), rank >= 0, rank < 1 << 24
        else { return nil }
        return (Array(token), rank)
    }

    init(_ contents: Data, path: String) throws {
        var tokens: [[UInt8]] = []
        for (number, line) in contents.split(separator: 0x0a).enumerated() {
            guard let (token, rank) = Self.rank(Data(line)) else {
                throw TokenizerError.malformed(
                    path: path, what: "line \(number + 1) is not a token and its rank")
            }
            while tokens.count <= rank { tokens.append([]) }
            guard tokens[rank].isEmpty else {
                throw TokenizerError.malformed(path: path, what: "rank \(rank) stands there twice")
            }
            tokens[rank] = token
        }
        self.tokens = tokens
    }
}

/// What is not in a rank file.
private struct TiktokenEncoding {
    let sha256: String
    let normalizer: Normalizer
    let preTokenizer: PreTokenizer
    /// Their ids follow the ranks, in this order.
    let specialTokens: [String]
    let beginning: String?
    let end: String
    let otherEnds: [String]

    static let known = [llama3, qwen]

    static let llama3 = TiktokenEncoding(
        sha256: "82e9d31979e92ab929cd544440f129d9ecd797b69e327f80f17e1c50d5551b55", normalizer: .none,
        preTokenizer: .llama3,
        specialTokens: [
            "<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>",
            "<|reserved_special_token_1|>", "<|finetune_right_pad_id|>", "<|step_id|>",
            "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>",
            "<|image|>",
        ] + (2..<246).map { "<|reserved_special_token_\($0)|>" },
        beginning: "<|begin_of_text|>", end: "<|end_of_text|>", otherEnds: ["<|eom_id|>", "<|eot_id|>"])

    /// Qwen 1 to 3, whose special tokens beyond these three differ.
    static let qwen = TiktokenEncoding(
        sha256: "b2b1b8dfb5cc5f024bafc373121c6aba3f66f9a5a0269e243470a1de16a33186", normalizer: .nfc,
        preTokenizer: .qwen2,
        specialTokens: ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        beginning: nil, end: "<|endoftext|>", otherEnds: ["<|im_end|>"])
}

extension TokenizerDefinition {
    /// Reads a tiktoken rank file.
    init(tiktoken path: String) throws {
        let contents: Data
        do { contents = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            throw TokenizerError.unreadable(path: path, reason: "the file cannot be read")
        }
        let hash = SHA256.hash(data: contents).hexString
        guard let encoding = TiktokenEncoding.known.first(where: { $0.sha256 == hash }) else {
            throw TokenizerError.unsupported(
                path: path, feature: "a rank file of an unknown encoding (its split pattern is not in it)")
        }
        let ranks = try TiktokenRanks(contents, path: path).tokens
        let scalars = ByteAlphabet.scalars
        let pieces = ranks.map { token in
            var view = String.UnicodeScalarView()
            for byte in token { view.append(scalars[Int(byte)]) }
            return String(view)
        }
        let merges = Self.merges(
            of: ranks, scores: ranks.indices.map { -Double($0) }, cuts: { _ in true }, longestFirst: false)
        self.init(pieces: pieces + encoding.specialTokens, merges: merges)
        addedTokens = encoding.specialTokens.enumerated().map { number, content in
            AddedTokens.Token(id: TokenID(ranks.count + number), content: content, isSpecial: true)
        }
        additions = Set(addedTokens.map(\.id))
        normalizer = encoding.normalizer
        preTokenizer = encoding.preTokenizer
        ignoresMerges = true
        beginningOfSequence = encoding.beginning.flatMap { addedToken($0) }
        endOfSequence = addedToken(encoding.end)
        setEnds(encoding.otherEnds.compactMap { addedToken($0) })
        postProcessor.prefix = beginningOfSequence.map { [$0] } ?? []
    }
}
