import Foundation

/// In what the record that a folder holds and the work that is asked for differ, in words.
package enum RunDifference {
    /// Things that are named, at most.
    private static let shown = 3
    /// What only groups others in a record, and what only says how its value is written.
    private static let silent: Set<String> = ["configuration", "facts", "data", "sampling", "sha256"]

    /// `it was made with beta 0.06, not 0.25; another policy`. A hash has no value worth showing.
    /// - Throws: what encoding throws.
    package static func sentence(_ found: some Encodable, _ wanted: some Encodable) throws -> String {
        "it was made with " + (try list(JSONText.data(found), JSONText.data(wanted)) ?? "the same")
    }

    /// `beta 0.06, not 0.25; another policy`, of two JSON texts; nil where every value is equal.
    /// - Throws: what decoding throws.
    static func list(_ found: Data, _ wanted: Data) throws -> String? {
        let (found, wanted) = (try leaves(of: found), try leaves(of: wanted))
        var names = Set(found.keys).union(wanted.keys).sorted().filter { found[$0] != wanted[$0] }
        // It repeats what its parameters say, but for those that have no name of their own.
        if names.count > 1 { names.removeAll { $0 == "loss" } }
        let phrases = names.prefix(shown).map { phrase($0, found[$0], wanted[$0]) }
        let rest = names.count - phrases.count
        if names.isEmpty { return nil }
        return phrases.joined(separator: "; ") + (rest > 0 ? "; and \(rest) more" : "")
    }

    private static func phrase(_ name: String, _ found: String?, _ wanted: String?) -> String {
        let longest = max(found?.count ?? 0, wanted?.count ?? 0)
        switch (found, wanted) {
        case (let found?, let wanted?) where longest <= 24: return "\(name) \(found), not \(wanted)"
        case (nil, let wanted?) where longest <= 24: return "no \(name), not \(wanted)"
        case (let found?, nil) where longest <= 24: return "\(name) \(found), not none"
        default: return "another \(name)"
        }
    }

    /// The single values of a record by what a person calls them.
    private static func leaves(of record: Data) throws -> [String: String] {
        var leaves: [String: String] = [:]
        func add(_ value: Any, _ path: [String]) {
            switch value {
            case let members as [String: Any]:
                for (key, value) in members where !(key == "role" && members["sha256"] != nil) {
                    add(value, path + [key])
                }
            case let elements as [Any]:
                for (index, element) in elements.enumerated() {
                    let role = (element as? [String: Any])?["role"] as? String
                    add(element, path + [role ?? "\(index + 1)"])
                }
            default: leaves[words(path)] = "\(value)"
            }
        }
        add(try JSONSerialization.jsonObject(with: record, options: .fragmentsAllowed), [])
        return leaves
    }

    /// `configuration.groupsPerStep` is `groups per step`.
    private static func words(_ path: [String]) -> String {
        path.filter { !silent.contains($0) }.joined(separator: " ").replacing(/[A-Z]/) {
            " " + $0.output.lowercased()
        }
    }
}
