import Foundation

/// A line that a program printed.
enum ProgramAnswer: Equatable {
    case number(Double)
    case other(Kind)

    /// What a line is that is no finite decimal number.
    enum Kind: Equatable {
        case emptyLine, text, truthValue, decimalComma, hexadecimal, notANumber, infinity, tooLarge,
            severalNumbers, notUTF8
    }

    /// - Parameter line: without its line feed. White space around the number does not count, a carriage return neither.
    init(_ line: [UInt8]) {
        guard let text = String(validating: line, as: UTF8.self) else {
            self = .other(.notUTF8)
            return
        }
        let word = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if let value = ProgramAnswer.decimal(word) {
            self = value.isFinite ? .number(value) : .other(.tooLarge)
        } else {
            self = .other(ProgramAnswer.kind(of: word))
        }
    }

    private static func decimal(_ word: some StringProtocol) -> Double? {
        // Double reads names and hexadecimal numbers, too.
        let isPlain = word.utf8.allSatisfy { byte in
            UInt8(ascii: "0") <= byte && byte <= UInt8(ascii: "9") || "+-.eE".utf8.contains(byte)
        }
        return isPlain ? Double(word) : nil
    }

    private static func kind(of word: String) -> Kind {
        let lower = word.lowercased()
        let unsigned = lower.drop { $0 == "+" || $0 == "-" }
        if word.isEmpty { return .emptyLine }
        if unsigned == "nan" { return .notANumber }
        if unsigned == "inf" || unsigned == "infinity" { return .infinity }
        if lower == "true" || lower == "false" { return .truthValue }
        if unsigned.hasPrefix("0x"), Double(word) != nil { return .hexadecimal }
        if word.contains(","), decimal(word.replacing(",", with: ".")) != nil { return .decimalComma }
        let words = word.split(whereSeparator: \.isWhitespace)
        if words.count > 1, words.allSatisfy({ decimal($0) != nil }) { return .severalNumbers }
        return .text
    }

    /// "a number", for a sentence.
    var description: String {
        guard case .other(let kind) = self else { return "a number" }
        return switch kind {
        case .emptyLine: "an empty line"
        case .text: "text"
        case .truthValue: "a truth value"
        case .decimalComma: "a number with a comma"
        case .hexadecimal: "a hexadecimal number"
        case .notANumber: "NaN"
        case .infinity: "an infinity"
        case .tooLarge: "a number that is too large"
        case .severalNumbers: "several numbers"
        case .notUTF8: "bytes that are not UTF-8"
        }
    }

    /// What to do about it in the program; nil where nothing can be said.
    var hint: String? {
        guard case .other(let kind) = self else { return nil }
        return switch kind {
        case .emptyLine, .text, .notUTF8, .severalNumbers: nil
        case .truthValue: "print 1 or 0"
        case .decimalComma: "print a point before the decimals"
        case .hexadecimal: "print a decimal number"
        case .notANumber, .infinity, .tooLarge:
            "let the program decide what such a completion is worth, and print a finite number"
        }
    }
}
