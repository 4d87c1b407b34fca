/// A glob over `/`-separated paths that can capture parts of them.
///
/// `?` is one character and `*` any number of them, both without `/`; `**` is any number with `/`, and `**/`
/// also matches nothing; `{name}` captures one or more characters without `/`. A name that stands twice must
/// match the same text. Where several matches are possible, earlier wildcards take as little as they can.
public struct PathPattern: Hashable, Sendable, Codable {
    public let text: String
    let parts: [Part]

    enum Part: Hashable, Sendable {
        case literal(UInt8)
        case one
        case many
        case folders
        case anything
        case capture(String)
    }

    /// Why a text is not a pattern.
    public struct Fault: Error, Hashable, Sendable {
        public var detail: String
    }

    public init(_ text: String) throws {
        self.text = text
        let bytes = Array(text.utf8)
        var parts: [Part] = []
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "*"):
                if bytes[index...].starts(with: "**/".utf8) {
                    parts.append(.folders)
                    index += 3
                } else if bytes[index...].starts(with: "**".utf8) {
                    parts.append(.anything)
                    index += 2
                } else {
                    parts.append(.many)
                    index += 1
                }
            case UInt8(ascii: "?"):
                parts.append(.one)
                index += 1
            case UInt8(ascii: "{"):
                guard let end = bytes[index...].firstIndex(of: UInt8(ascii: "}")) else {
                    throw Fault(detail: "a { has no matching }")
                }
                let name = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
                guard !name.isEmpty, name.utf8.allSatisfy(Self.isNameByte) else {
                    throw Fault(detail: "a name in braces has only letters, digits, - and _")
                }
                parts.append(.capture(name))
                index = end + 1
            case UInt8(ascii: "}"):
                throw Fault(detail: "a } has no matching {")
            case let byte:
                parts.append(.literal(byte))
                index += 1
            }
        }
        guard !parts.isEmpty else { throw Fault(detail: "the pattern is empty") }
        self.parts = parts
    }

    /// The names in braces.
    public var captureNames: Set<String> {
        Set(parts.compactMap { if case .capture(let name) = $0 { name } else { nil } })
    }

    /// How many of each wildcard it has.
    var wildcardCounts: [PathMatch.Wildcard: Int] {
        parts.reduce(into: [:]) { counts, part in
            switch part {
            case .folders: counts[.folders, default: 0] += 1
            case .anything: counts[.anything, default: 0] += 1
            case .many: counts[.many, default: 0] += 1
            case .one: counts[.one, default: 0] += 1
            case .literal, .capture: break
            }
        }
    }

    /// What the names captured, or `nil` when `path` does not match.
    public func match(_ path: String) -> [String: String]? { find(path)?.captures }

    /// What everything in the pattern that can vary stands for in `path`; `nil` when it does not match.
    func find(_ path: String) -> PathMatch? {
        var found = PathMatch()
        guard match(parts[...], Array(path.utf8)[...], &found) else { return nil }
        for kind in PathMatch.Wildcard.allCases { found.wildcards[kind]?.reverse() }
        return found
    }

    /// Wildcards are noted on the way back from a match, so the last of each kind comes first.
    private func match(
        _ parts: ArraySlice<Part>, _ path: ArraySlice<UInt8>, _ found: inout PathMatch
    ) -> Bool {
        var parts = parts
        var path = path
        while let part = parts.first {
            parts = parts.dropFirst()
            let start = path
            func note(_ kind: PathMatch.Wildcard, _ found: inout PathMatch) {
                let text = String(decoding: start[..<path.startIndex], as: UTF8.self)
                found.wildcards[kind, default: []].append(text)
            }
            switch part {
            case .literal(let byte):
                guard path.first == byte else { return false }
                path = path.dropFirst()
            case .one:
                guard let length = Self.characterLength(path) else { return false }
                path = path.dropFirst(length)
                guard match(parts, path, &found) else { return false }
                note(.one, &found)
                return true
            case .many:
                while !match(parts, path, &found) {
                    guard let first = path.first, first != UInt8(ascii: "/") else { return false }
                    path = path.dropFirst()
                }
                note(.many, &found)
                return true
            case .anything:
                while !match(parts, path, &found) {
                    if path.isEmpty { return false }
                    path = path.dropFirst()
                }
                note(.anything, &found)
                return true
            case .folders:
                while !match(parts, path, &found) {
                    guard let slash = path.firstIndex(of: UInt8(ascii: "/")) else { return false }
                    path = path[(slash + 1)...]
                }
                note(.folders, &found)
                return true
            case .capture(let name):
                return matchCapture(name, parts, path, &found)
            }
        }
        return path.isEmpty
    }

    private func matchCapture(
        _ name: String, _ parts: ArraySlice<Part>, _ path: ArraySlice<UInt8>, _ found: inout PathMatch
    ) -> Bool {
        if let earlier = found.captures[name] {
            let bytes = Array(earlier.utf8)
            return path.starts(with: bytes) && match(parts, path.dropFirst(bytes.count), &found)
        }
        var end = path.startIndex
        while end < path.endIndex, path[end] != UInt8(ascii: "/") {
            end += 1
            found.captures[name] = String(decoding: path[..<end], as: UTF8.self)
            if match(parts, path[end...], &found) { return true }
        }
        found.captures[name] = nil
        return false
    }

    /// Bytes of the UTF-8 character that `path` starts with, if any and not `/`.
    private static func characterLength(_ path: ArraySlice<UInt8>) -> Int? {
        guard let first = path.first, first != UInt8(ascii: "/") else { return nil }
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        return min(length, path.count)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
