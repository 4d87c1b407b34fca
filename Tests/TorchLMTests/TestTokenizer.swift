import Foundation
import Testing

/// The folder of a small tokenizer, for models that have none of their own.
enum TestTokenizer {
    static func path() -> String {
        Bundle.module.bundleURL.appendingPathComponent("Resources/ModelFiles/tiny").path
    }
}
