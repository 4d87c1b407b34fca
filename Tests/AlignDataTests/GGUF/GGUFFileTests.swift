import AlignData
import Foundation
import Testing

@Suite struct GGUFFileTests {
    private static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Resources/GGUF/tokenizer.gguf").path

    /// Runs `body` on a copy of the file with other bytes.
    @discardableResult
    private static func withFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result
    {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".gguf")
        try Data(bytes).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try body(url.path)
    }

    private static func bytes() throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

    @Test func everyMetadataTypeIsReadAsWritten() throws {
        let metadata = try GGUFFile(path: Self.path).metadata
        let expected: [String: GGUFValue] = [
            "u8": .integer(200), "i8": .integer(-100), "u16": .integer(60000), "i16": .integer(-30000),
            "u32": .integer(4_000_000_000), "i32": .integer(-2_000_000_000), "u64": .integer(1 << 40),
            "i64": .integer(-(1 << 40)), "f32": .number(0.5), "f64": .number(0.1), "bool": .bool(true),
            "string": .string("é\u{301} ☃"), "ints": .integers([1, -2, 3]), "floats": .numbers([0.5, -1.5]),
            "bools": .bools([true, false]),
        ]
        for (name, value) in expected { #expect(metadata["test." + name] == value, "\(name)") }
        #expect(metadata["tokenizer.ggml.tokens"]?.strings?.count == 1000)
    }

    @Test func tensorDataLiesWhereTheFileSays() throws {
        let file = try GGUFFile(path: Self.path)
        let tensor = try #require(file.tensor(named: "numbers"))
        #expect(tensor.dimensions == [4, 3])
        #expect(tensor.offset % 32 == 0)
        let numbers = file.withBytes(of: tensor) { Array($0.bindMemory(to: Float.self)) }
        #expect(numbers == (0..<12).map(Float.init))
    }

    @Test func aFileCutAnywhereIsAnErrorThatSaysWhere() throws {
        // The last tensor is followed by padding, which may be missing.
        let last = try #require(GGUFFile(path: Self.path).tensors.last)
        let whole = Array(try Self.bytes().prefix(last.offset + last.byteCount))
        #expect(try Self.withFile(whole) { try GGUFFile(path: $0) }.tensors.count == 1)
        for count in [0, 3] {
            try Self.withFile(Array(whole.prefix(count))) { path in
                #expect(throws: GGUFError.notGGUF(path: path)) { try GGUFFile(path: path) }
            }
        }
        for count in Array(4..<200) + Array(stride(from: 200, to: whole.count - 1, by: 997)) + [
            whole.count - 1
        ] {
            try Self.withFile(Array(whole.prefix(count))) { path in
                let error = #expect(throws: GGUFError.self) { try GGUFFile(path: path) }
                switch error {
                case .truncated(_, let offset, _): #expect(offset <= count)
                case .tensorBeyondEnd(_, _, let end, let size): #expect(end > size && size == count)
                default: Issue.record("cut at \(count): \(String(describing: error))")
                }
            }
        }
    }

    @Test func anyChangedByteOfTheHeaderIsReadOrRefusedButNeverACrash() throws {
        let whole = try Self.bytes()
        let random = CounterRandom(seed: 1, purpose: .initialization)
        var drawn: UInt64 = 0
        for round in 0..<600 {
            var bytes = whole
            let places = round < 300 ? 400 : bytes.count
            for _ in 0...(round % 3) {
                bytes[random.integer(drawn, below: places)] = UInt8(random.integer(drawn + 1, below: 256))
                drawn += 2
            }
            try Self.withFile(bytes) { path in
                do {
                    let file = try GGUFFile(path: path)
                    for tensor in file.tensors { file.withBytes(of: tensor) { _ = $0.last } }
                } catch is GGUFError {}
            }
        }
    }

    @Test func lengthsThatOverflowAreRefused() throws {
        let whole = try Self.bytes()
        // The number of tensors, the number of values, the length of the first key.
        for offset in [8, 16, 24] {
            for value: UInt64 in [.max, 1 << 63, 1 << 62, 1 << 40] {
                var bytes = whole
                withUnsafeBytes(of: value.littleEndian) {
                    bytes.replaceSubrange(offset..<offset + 8, with: $0)
                }
                try Self.withFile(bytes) { path in
                    #expect(throws: GGUFError.self) { try GGUFFile(path: path) }
                }
            }
        }
    }

    @Test func otherFilesAndVersionsAreNamed() throws {
        try Self.withFile(Array("not a model".utf8)) { path in
            #expect(throws: GGUFError.notGGUF(path: path)) { try GGUFFile(path: path) }
        }
        var bytes = try Self.bytes()
        bytes[4] = 1
        try Self.withFile(bytes) { path in
            #expect(throws: GGUFError.unsupportedVersion(path: path, version: 1)) { try GGUFFile(path: path) }
        }
        let missing = #expect(throws: GGUFError.self) { try GGUFFile(path: "/nonexistent/model.gguf") }
        #expect(missing?.category == .inputOutput)
    }
}
