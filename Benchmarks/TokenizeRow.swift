import AlignData
import ArgumentParser
import Dispatch

/// Text to ids, with a tokenizer that has seen no word yet: on one thread, and one text at a time on all cores.
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
    }
}
