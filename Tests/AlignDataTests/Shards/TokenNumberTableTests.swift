import Foundation
import Testing

@testable import AlignData

@Suite struct TokenNumberTableTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("numbers.sqlite")
    }

    private static func id(_ number: Int) -> RecordID { RecordID(kind: "completion", ["\(number)"]) }
    private static func numbers(_ number: Int) -> [Double] { (0..<(number % 5)).map { -Double($0) - 0.1 } }

    private func make(at path: String?, count: Int = 100) throws -> TokenNumberTable {
        try TokenNumberTable.make(at: path) { add in
            for number in 0..<count { try add(Self.id(number), Self.numbers(number)) }
            // Of a completion that comes twice there is one.
            try add(Self.id(0), Self.numbers(0))
        }
    }

    @Test func whatWasAddedIsFoundAndNothingElse() throws {
        for path in [path, nil] {
            let table = try make(at: path)
            for number in 0..<100 { #expect(try table.numbers(of: Self.id(number)) == Self.numbers(number)) }
            #expect(try table.numbers(of: Self.id(100)) == nil)
        }
        let kept = try #require(try TokenNumberTable.kept(at: path))
        #expect(try kept.numbers(of: Self.id(42)) == Self.numbers(42))
    }

    @Test func whatIsNotWholeIsNotKept() throws {
        struct Stop: Error {}
        #expect(try TokenNumberTable.kept(at: path) == nil)
        #expect(throws: Stop.self) {
            try TokenNumberTable.make(at: path) { add in
                try add(Self.id(1), [-1])
                throw Stop()
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        _ = try make(at: path)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        #expect(try TokenNumberTable.kept(at: path) == nil)
    }
}
