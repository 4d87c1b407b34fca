extension TextDecoder {
    /// The bytes of XML: in UTF-8 where the recipe names their encoding, and repaired where it asks for that and they
    /// are UTF-8 or declare to be.
    /// - Parameter repaired: told once, when there was something to repair.
    func markup(_ bytes: @escaping ByteSource, repaired: @escaping () -> Void = {}) -> ByteSource {
        let decoded = markupEncoding.map { source(bytes, $0) } ?? bytes
        guard let repair else { return decoded }
        var mender = Mender(repair: repair, isUTF8: markupEncoding != nil)
        var isTold = false
        return {
            while true {
                let chunk = try decoded()
                let output = chunk.isEmpty ? mender.finish() : mender.mend(chunk)
                if mender.hasMended, !isTold {
                    isTold = true
                    repaired()
                }
                if chunk.isEmpty || !output.isEmpty { return output }
            }
        }
    }

    /// Makes UTF-8 of a stream that is meant to be UTF-8.
    private struct Mender {
        private static let declarationBytes = 256

        let repair: RecipeSource.Repair
        /// `nil` until the declaration has been seen.
        var isUTF8: Bool?
        private(set) var hasMended = false
        /// The beginning of a character, or of the file.
        private var held: [UInt8] = []

        init(repair: RecipeSource.Repair, isUTF8: Bool) {
            self.repair = repair
            self.isUTF8 = isUTF8 ? true : nil
        }

        mutating func mend(_ chunk: [UInt8]) -> [UInt8] {
            held += chunk
            if isUTF8 == nil {
                guard held.count >= Self.declarationBytes else { return [] }
                isUTF8 = Self.isUTF8(held)
            }
            let bytes = held
            held = []
            guard isUTF8 == true else { return bytes }
            let tail = UTF8Validation.unfinishedTail(bytes)
            held = Array(bytes.suffix(tail))
            return mended(Array(bytes.dropLast(tail)))
        }

        mutating func finish() -> [UInt8] {
            let bytes = held
            held = []
            return isUTF8 ?? Self.isUTF8(bytes) ? mended(bytes) : bytes
        }

        private mutating func mended(_ bytes: [UInt8]) -> [UInt8] {
            guard bytes.withUnsafeBufferPointer({ !UTF8Validation.isValid($0) }) else { return bytes }
            hasMended = true
            if repair == .replace { return Array(String(decoding: bytes, as: UTF8.self).utf8) }
            // Every byte that is part of no character.
            var output: [UInt8] = []
            var rest = bytes[...]
            while let offset = rest.withUnsafeBufferPointer(UTF8Validation.firstInvalid) {
                output += rest.prefix(offset)
                rest = rest.dropFirst(offset)
                output += Windows1252.utf8(rest.prefix(1))
                rest = rest.dropFirst()
            }
            return output + rest
        }

        /// Whether XML that begins like this declares UTF-8, or nothing.
        private static func isUTF8(_ start: [UInt8]) -> Bool {
            if start.starts(with: [0xFE, 0xFF]) || start.starts(with: [0xFF, 0xFE])
                || start.prefix(4).contains(0)
            {
                return false
            }
            return start.withUnsafeBufferPointer { buffer in
                var scan = HTMLDeclarationScan(buffer)
                return scan.xmlLabel().map { HTMLEncoding(label: $0) == .utf8 } ?? true
            }
        }
    }
}
