/// What is done to the text before it is split: a sequence of steps.
struct Normalizer: Hashable, Sendable {
    enum Step: Hashable, Sendable {
        /// A Unicode normalization form.
        case unicode(UnicodeNormalization.Form)
        /// Puts a string before every text that is not empty.
        case prepend(String)
        /// Replaces every occurrence of a string that is not empty.
        case replace(String, with: String)
    }

    var steps: [Step]

    static let none = Normalizer(steps: [])
    static let nfc = Normalizer(steps: [.unicode(.nfc)])
    /// SentencePiece's own writing of a text: `▁` before it and for every blank.
    static let prefixedMetaspace = Normalizer(steps: [.prepend("▁"), .replace(" ", with: "▁")])
    /// `▁` for every blank.
    static let metaspace = Normalizer(steps: [.replace(" ", with: "▁")])

    /// The same without what it puts before a text.
    var withoutPrefix: Normalizer {
        Normalizer(
            steps: steps.filter { step in
                if case .prepend = step { return false }
                return true
            })
    }

    func callAsFunction(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        steps.reduce(into: Array(text)) { text, step in
            switch step {
            case .unicode(let form): UnicodeNormalization.shared.apply(form, to: &text)
            case .prepend(let prefix): if !text.isEmpty { text = Array(prefix.utf8) + text }
            case .replace(let old, let new): text = Self.replace(Array(old.utf8), Array(new.utf8), in: text)
            }
        }
    }

    func callAsFunction(_ text: String) -> String {
        guard !steps.isEmpty else { return text }
        var text = text
        return String(decoding: text.withUTF8 { self($0) }, as: UTF8.self)
    }

    /// `text` with every occurrence of `old`, from left to right, replaced.
    static func replace(_ old: [UInt8], _ new: [UInt8], in text: [UInt8]) -> [UInt8] {
        guard let first = old.first else { return text }
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var position = 0
        while position < text.count {
            if text[position] == first, text[position...].starts(with: old) {
                output += new
                position += old.count
            } else {
                output.append(text[position])
                position += 1
            }
        }
        return output
    }
}
