/// The extra fields of a prompt as one text: a JSON object with sorted keys and no white space.
enum ExtraFields {
    /// Nil where there are none.
    static func json(_ fields: [String: String]) -> String? {
        if fields.isEmpty { return nil }
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        let sorted = fields.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        for (number, field) in sorted.enumerated() {
            if number > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONValue.write(field.key, into: &bytes)
            bytes.append(UInt8(ascii: ":"))
            JSONValue.write(field.value, into: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Nil where `json` is no object of texts.
    static func fields(_ json: String) -> [String: String]? {
        var json = json
        let value = json.withUTF8 { try? JSONParser.parse($0) }
        guard case .object(let members)? = value else { return nil }
        var fields: [String: String] = [:]
        for member in members {
            guard let text = member.value.string else { return nil }
            fields[member.key] = text
        }
        return fields
    }
}
