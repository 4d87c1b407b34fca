import Foundation

/// What is done to the text before it is split.
enum Normalizer: String, Sendable {
    case none
    /// Canonical composition.
    case nfc

    func callAsFunction(_ text: String) -> String {
        switch self {
        case .none: text
        case .nfc: text.precomposedStringWithCanonicalMapping
        }
    }
}
