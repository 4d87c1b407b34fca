/// Looks for the encoding that a page of HTML declares: in its first `meta` element that has one, or in an XML
/// declaration (HTML standard, 13.2.3.2). Browsers look again when the declaration comes later than in the first 1024
/// bytes; here the head of the page is looked through at once.
struct HTMLDeclarationScan {
    private static let maxBytes = 1 << 16

    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0

    init(_ page: UnsafeBufferPointer<UInt8>) {
        bytes = UnsafeBufferPointer(rebasing: page.prefix(Self.maxBytes))
    }

    /// In small letters, without white space around it.
    mutating func label() -> String? {
        if let label = xmlLabel() { return label }
        while let next = find(UInt8(ascii: "<"), from: index) {
            index = next
            if starts("<!--") {
                index += 4
                while index < bytes.count, !starts("-->") { index += 1 }
            } else if starts("<meta"), index + 5 < bytes.count, Self.endsName(bytes[index + 5]) {
                index += 5
                if let label = metaLabel() { return label }
            } else if starts("<body") {
                return nil
            } else if index + 1 < bytes.count, Self.beginsTag(bytes[index + 1]) {
                index += 1
                while index < bytes.count, !Self.endsName(bytes[index]) { index += 1 }
                while attribute() != nil {}
            } else {
                index += 1
            }
        }
        return nil
    }

    /// What an XML declaration at the very beginning says, but for a byte order mark.
    mutating func xmlLabel() -> String? {
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        index = start
        defer { index = 0 }
        guard starts("<?xml"), let end = find(UInt8(ascii: ">"), from: start) else { return nil }
        let declaration = String(decoding: bytes[start..<end], as: UTF8.self).lowercased()
        return Self.value(of: "encoding", in: declaration)
    }

    private mutating func metaLabel() -> String? {
        var charset: String?
        var content: String?
        var isContentType = false
        while let (name, value) = attribute() {
            switch name {
            case "charset": charset = charset ?? value
            case "content": content = content ?? value
            case "http-equiv": isContentType = isContentType || value == "content-type"
            default: break
            }
        }
        let label = charset ?? (isContentType ? content.flatMap { Self.value(of: "charset", in: $0) } : nil)
        return label.map { String($0.split(whereSeparator: \.isWhitespace).first ?? "") }
    }

    /// The next attribute of the tag, in small letters; `nil` at the tag's end, behind which the scan goes on.
    private mutating func attribute() -> (name: String, value: String)? {
        while let byte = current, Self.isSpace(byte) || byte == UInt8(ascii: "/") { index += 1 }
        guard let first = current, first != UInt8(ascii: ">") else {
            index += 1
            return nil
        }
        var name: [UInt8] = []
        while let byte = current, !Self.endsName(byte), byte != UInt8(ascii: "=") || name.isEmpty {
            name.append(byte)
            index += 1
        }
        while let byte = current, Self.isSpace(byte) { index += 1 }
        guard current == UInt8(ascii: "=") else { return (Self.lowercased(name), "") }
        index += 1
        while let byte = current, Self.isSpace(byte) { index += 1 }
        var value: [UInt8] = []
        if let quote = current, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            index += 1
            while let byte = current, byte != quote {
                value.append(byte)
                index += 1
            }
            index += 1
        } else {
            while let byte = current, !Self.isSpace(byte), byte != UInt8(ascii: ">") {
                value.append(byte)
                index += 1
            }
        }
        return (Self.lowercased(name), Self.lowercased(value))
    }

    /// What stands behind `name =` in a text: quoted, or up to white space or a semicolon.
    private static func value(of name: String, in text: String) -> String? {
        var rest = Array(text.utf8)[...]
        let name = Array(name.utf8)
        while !rest.isEmpty {
            guard rest.starts(with: name) else {
                rest = rest.dropFirst()
                continue
            }
            rest = rest.dropFirst(name.count).drop(while: isSpace)
            guard rest.first == UInt8(ascii: "=") else { continue }
            rest = rest.dropFirst().drop(while: isSpace)
            guard let first = rest.first else { return nil }
            if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
                let value = rest.dropFirst().prefix { $0 != first }
                return String(decoding: value, as: UTF8.self)
            }
            let value = rest.prefix { !isSpace($0) && $0 != UInt8(ascii: ";") }
            return value.isEmpty ? nil : String(decoding: value, as: UTF8.self)
        }
        return nil
    }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    /// - Parameter text: in small letters.
    private func starts(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard index + count <= bytes.count else { return false }
        for offset in 0..<count where Self.lowered(bytes[index + offset]) != text.utf8Start[offset] {
            return false
        }
        return true
    }

    private func find(_ byte: UInt8, from start: Int) -> Int? {
        guard start < bytes.count else { return nil }
        return bytes[start...].firstIndex(of: byte)
    }

    private static func lowercased(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.map(lowered), as: UTF8.self)
    }

    private static func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    private static func beginsTag(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(lowered(byte)) || byte == UInt8(ascii: "/")
    }

    private static func endsName(_ byte: UInt8) -> Bool {
        isSpace(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ">")
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 || byte == 0x0C
    }
}
