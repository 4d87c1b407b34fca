import AlignData
import ArgumentParser
import Dispatch

/// Text to ids, with a tokenizer that has seen no word yet: on one thread, one text at a time on all cores, its words
/// once each (every one of them is new), and a megabyte each of texts that are hard.
struct TokenizeRow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "tokenize")

    @OptionGroup var options: TextOptions

    func run() throws {
        let texts = try options.texts()
        let megabytes = Double(texts.reduce(0) { $0 + $1.utf8.count }) / 1e6
        var tokens = 0
        func median(_ body: (Tokenizer) -> Void) throws -> Double {
            var times: [Double] = []
            // The first warms up the file and the code.
            for _ in 0..<6 {
                let tokenizer = try Tokenizer.load(from: options.model)
                times.append(Measurement.seconds { body(tokenizer) })
            }
            return Measurement.median(Array(times.dropFirst()))
        }
        let alone = try median { tokenizer in
            tokens = texts.reduce(0) { $0 + tokenizer.encode($1).count }
        }
        let together = try median { tokenizer in
            var ids = [[TokenID]](repeating: [], count: texts.count)
            ids.withUnsafeMutableBufferPointer { buffer in
                // Each iteration writes its own element.
                nonisolated(unsafe) let slots = buffer
                DispatchQueue.concurrentPerform(iterations: texts.count) {
                    slots[$0] = tokenizer.encode(texts[$0])
                }
            }
        }
        Measurement.report("tokenize-1", megabytes / alone, "MB/s")
        Measurement.report("tokenize-all", megabytes / together, "MB/s")
        print("tokenize-count\t\(tokens)\ttokens")
        for (name, text) in [("new", Self.words(of: texts))] + Self.hardTexts {
            let seconds = try median { _ = $0.encode(text) }
            Measurement.report("tokenize-\(name)", Double(text.utf8.count) / 1e6 / seconds, "MB/s")
        }
    }

    /// The words of the texts, each the first time it comes.
    private static func words(of texts: [String]) -> String {
        var known: Set<Substring> = []
        return texts.flatMap { $0.split(separator: " ") }.filter { known.insert($0).inserted }
            .joined(separator: " ")
    }

    /// A megabyte each of what byte-pair encoding finds hard: words that never end and words never seen.
    private static var hardTexts: [(name: String, text: String)] {
        let bytes = 1_000_000
        let random = CounterRandom(seed: 1, purpose: .initialization)
        func scalars(_ count: Int, _ scalar: (Int) -> UInt32) -> String {
            var text = String.UnicodeScalarView()
            for i in 0..<count { text.append(Unicode.Scalar(scalar(i)) ?? "?") }
            return String(text)
        }
        let base64 = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".unicodeScalars)
        return [
            ("letter", String(repeating: "a", count: bytes)),
            ("period", String(repeating: "ab", count: bytes / 2)),
            ("letters", scalars(bytes) { 97 + UInt32(random.integer(UInt64($0), below: 26)) }),
            ("blanks", String(repeating: " ", count: bytes)),
            ("newlines", String(repeating: "\n", count: bytes)),
            ("cjk", scalars(bytes / 3) { 0x4E00 + UInt32(random.integer(UInt64($0), below: 3000)) }),
            ("base64", scalars(bytes) { base64[random.integer(UInt64($0), below: 64)].value }),
        ]
    }
}
