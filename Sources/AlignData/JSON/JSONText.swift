package import Foundation

/// Values of Swift as JSON with sorted keys: equal values have equal bytes, so their hashes can be compared.
package enum JSONText {
    /// Without white space.
    package static func data(_ value: some Encodable) throws -> Data {
        try encoder([.sortedKeys, .withoutEscapingSlashes]).encode(value)
    }

    /// Without white space.
    package static func string(_ value: some Encodable) throws -> String {
        String(decoding: try data(value), as: UTF8.self)
    }

    /// For a person to read, with a line feed at the end.
    package static func pretty(_ value: some Encodable) throws -> Data {
        let encoder = encoder([.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
        return try encoder.encode(value) + Data("\n".utf8)
    }

    /// - Throws: `DecodingError`.
    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: Data) throws -> Value {
        try JSONDecoder().decode(type, from: bytes)
    }

    private static func encoder(_ formatting: JSONEncoder.OutputFormatting) -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting
        return encoder
    }
}
