import AlignData
import Testing

@Suite struct RecordIDTests {
    @Test func everyDigitComesBackFromEveryPlace() throws {
        let digits = Array("0123456789abcdef")
        for place in 0..<32 {
            for digit in digits {
                var hex = (0..<32).map { digits[$0 * 7 % 16] }
                hex[place] = digit
                #expect(try #require(RecordID(hex: String(hex))).hex == String(hex))
            }
        }
    }

    @Test func theOrderOfIdsIsThatOfTheirDigits() throws {
        let ids = (0..<64).map { RecordID(kind: "record", ["\($0)"]) }
        #expect(ids.sorted().map(\.hex) == ids.map(\.hex).sorted())
    }

    @Test func whatIsNotThirtyTwoLowercaseDigitsIsNoID() {
        let hex = Array(String(repeating: "0f", count: 16).utf8)
        for place in 0..<32 {
            for byte in UInt8.min...UInt8.max {
                var text = hex
                text[place] = byte
                guard let string = String(validating: text, as: UTF8.self) else { continue }
                let isDigit = (48...57).contains(byte) || (97...102).contains(byte)
                #expect((RecordID(hex: string) != nil) == isDigit)
            }
        }
        #expect(RecordID(hex: String(repeating: "0", count: 31)) == nil)
        #expect(RecordID(hex: String(repeating: "0", count: 33)) == nil)
    }
}
