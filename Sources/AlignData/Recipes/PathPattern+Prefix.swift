extension PathPattern {
    /// Whether something in the folder, or in a folder of it, can match; as if a name in braces that stands twice could
    /// be two texts.
    func mightMatch(below folder: String) -> Bool { Self.goesOn(parts[...], Array((folder + "/").utf8)[...]) }

    /// Whether some text that begins with `path` matches and is longer.
    private static func goesOn(_ parts: ArraySlice<Part>, _ path: ArraySlice<UInt8>) -> Bool {
        guard let first = path.first else { return !parts.isEmpty }
        guard let part = parts.first else { return false }
        let rest = parts.dropFirst()
        switch part {
        case .literal(let byte): return first == byte && goesOn(rest, path.dropFirst())
        case .anything: return true
        case .folders:
            var path = path
            while true {
                if goesOn(rest, path) { return true }
                guard let slash = path.firstIndex(of: UInt8(ascii: "/")) else { return false }
                path = path[(slash + 1)...]
                if path.isEmpty { return true }
            }
        case .one, .many, .capture:
            // All but `*` take a character at least.
            var path = path
            if part == .many, goesOn(rest, path) { return true }
            while let byte = path.first, byte != UInt8(ascii: "/") {
                path = path.dropFirst()
                if goesOn(rest, path) { return true }
            }
            return false
        }
    }
}
