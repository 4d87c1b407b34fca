import Foundation

/// A tokenizer.json of single bytes and an end-of-sequence token: the smallest byte-level BPE.
enum SmallTokenizer {
    static func write(to folder: TemporaryFolder) throws -> String {
        // The printable bytes stand for themselves, the others for U+0100 and on (GPT-2's byte alphabet).
        var vocabulary: [String: Int] = [:]
        var next: UInt32 = 0x100
        for byte in UInt32(0)..<256 {
            let isPrintable = (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
            var scalars = String.UnicodeScalarView()
            if let scalar = Unicode.Scalar(isPrintable ? byte : next) { scalars.append(scalar) }
            if !isPrintable { next += 1 }
            vocabulary[String(scalars)] = Int(byte)
        }
        let end = "<|end|>"
        vocabulary[end] = 256
        let byteLevel: [String: Any] = ["type": "ByteLevel", "add_prefix_space": false, "use_regex": true]
        let tokenizer: [String: Any] = [
            "version": "1.0",
            "added_tokens": [
                [
                    "id": 256, "content": end, "special": true, "single_word": false, "lstrip": false,
                    "rstrip": false, "normalized": false,
                ] as [String: Any]
            ],
            "pre_tokenizer": byteLevel, "decoder": byteLevel,
            "model": ["type": "BPE", "vocab": vocabulary, "merges": [String]()] as [String: Any],
        ]
        let data = try JSONSerialization.data(withJSONObject: tokenizer, options: .sortedKeys)
        _ = try folder.write("{\"eos_token\": \"\(end)\"}", to: "tokenizer_config.json")
        return try folder.write(String(decoding: data, as: UTF8.self), to: "tokenizer.json")
    }
}
