import AlignData
import Foundation

/// Data for standard output.
enum Output {
    /// Prints `value` as JSON with sorted keys.
    static func print(json value: some Encodable) throws {
        Terminal.standardOutput.write(String(decoding: try JSONText.pretty(value), as: UTF8.self))
    }
}
