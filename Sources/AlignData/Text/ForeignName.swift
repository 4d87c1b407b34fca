/// Names of files and of members that come as bytes, as text to match and to show.
enum ForeignName {
    struct Decoded: Hashable {
        var text: String
        /// Some bytes were not UTF-8: each is `%` and two hexadecimal digits.
        var isEscaped = false
    }

    static func decoded(_ bytes: UnsafeBufferPointer<UInt8>) -> Decoded {
        var rest = bytes
        var text = ""
        while let offset = UTF8Validation.firstInvalid(rest) {
            text += String(decoding: rest[..<offset], as: UTF8.self)
            let digits = String(rest[offset], radix: 16, uppercase: true)
            text += digits.utf8.count == 1 ? "%0" + digits : "%" + digits
            rest = UnsafeBufferPointer(rebasing: rest[(offset + 1)...])
        }
        if rest.count == bytes.count { return Decoded(text: String(decoding: bytes, as: UTF8.self)) }
        return Decoded(text: text + String(decoding: rest, as: UTF8.self), isEscaped: true)
    }

    static func decoded(_ name: UnsafePointer<CChar>) -> Decoded {
        var count = 0
        while name[count] != 0 { count += 1 }
        return name.withMemoryRebound(to: UInt8.self, capacity: count) {
            decoded(UnsafeBufferPointer(start: $0, count: count))
        }
    }
}
