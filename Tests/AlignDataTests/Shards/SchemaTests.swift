import AlignData
import Foundation
import Testing

/// The folder `schemas/` says what the code does.
@Suite struct SchemaTests {
    let sample: PipelineSample

    init() throws {
        sample = try PipelineSample()
        try sample.generate()
        try sample.score()
        try sample.pair()
    }

    private static let schemas = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("schemas")

    /// The statements of an SQL file without comments, white space between words made one blank.
    private func statements(_ sql: String) -> [String] {
        sql.split(separator: "\n").map { line in
            String(line.range(of: "--").map { line[..<$0.lowerBound] } ?? line)
        }
        .joined(separator: "\n").split(separator: ";").map { normalized(String($0)) }.filter { !$0.isEmpty }
    }

    private func normalized(_ sql: String) -> String {
        sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    @Test(arguments: ShardKind.allCases)
    func theDocumentedTablesAreThoseOfARealShard(kind: ShardKind) throws {
        let file = SchemaTests.schemas.appendingPathComponent("\(kind.rawValue).sql")
        let documented = statements(try String(contentsOf: file, encoding: .utf8))
        let shard = sample.folder.file(kind.rawValue) + "/shard-00000.sqlite"
        let rows = try SQLiteShell(shard).rows(
            "SELECT sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY rowid")
        #expect(rows.map { normalized($0[0]) } == documented)
        #expect(try SQLiteShell(shard).rows("PRAGMA application_id") == [["\(0x414C_474E)"]])
        #expect(try SQLiteShell(shard).rows("PRAGMA user_version") == [["2"]])
    }

    /// DuckDB takes a column's type from its declaration, and a column without one for bytes.
    @Test func everyColumnOfTheViewForTrainersHasADeclaredType() throws {
        let shell = try SQLiteShell(sample.folder.file("pairs") + "/shard-00000.sqlite")
        let columns = try shell.rows("SELECT name, type FROM pragma_table_info('trl_preference')")
        #expect(
            columns == [
                ["prompt", "TEXT"], ["chosen", "TEXT"], ["rejected", "TEXT"], ["score_chosen", "REAL"],
                ["score_rejected", "REAL"], ["split", "TEXT"], ["source_id", "TEXT"], ["fields", "TEXT"],
            ])
    }

    @Test(arguments: ShardKind.allCases)
    func aRealManifestFollowsTheDocumentedSchema(kind: ShardKind) throws {
        let schema = try json(SchemaTests.schemas.appendingPathComponent("manifest.schema.json"))
        let manifest = try json(
            URL(fileURLWithPath: sample.folder.file(kind.rawValue)).appendingPathComponent("manifest.json"))
        let definitions = try #require((schema as? [String: Any])?["$defs"] as? [String: Any])
        #expect(violations(of: manifest, schema, definitions, at: "manifest") == [])
        // The check itself finds what is wrong.
        var broken = try #require(manifest as? [String: Any])
        broken["seed"] = "7"
        broken["counts"] = nil
        broken["digest"] = "XYZ"
        #expect(violations(of: broken, schema, definitions, at: "manifest").count == 3)
    }

    private func json(_ url: URL) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(contentsOf: url))
    }

    /// The part of JSON Schema that the documented schema uses.
    private func violations(of value: Any, _ schema: Any, _ definitions: [String: Any], at path: String)
        -> [String]
    {
        guard var rules = schema as? [String: Any] else { return ["\(path): the schema is no object"] }
        if let reference = rules["$ref"] as? String, let name = reference.split(separator: "/").last {
            rules = definitions[String(name)] as? [String: Any] ?? ["type": "undefined \(reference)"]
        }
        switch rules["type"] as? String {
        case "object":
            guard let object = value as? [String: Any] else { return ["\(path) is no object"] }
            let properties = rules["properties"] as? [String: Any] ?? [:]
            let missing = (rules["required"] as? [String] ?? []).filter { object[$0] == nil }
            return missing.map { "\(path).\($0) is missing" }
                + object.keys.sorted().flatMap { key -> [String] in
                    guard let rule = properties[key] ?? rules["additionalProperties"], !(rule is Bool) else {
                        return ["\(path).\(key) is not in the schema"]
                    }
                    return violations(of: object[key] as Any, rule, definitions, at: "\(path).\(key)")
                }
        case "array":
            guard let array = value as? [Any], let rule = rules["items"] else {
                return ["\(path) is no array"]
            }
            return array.flatMap { violations(of: $0, rule, definitions, at: "\(path)[]") }
        case "string":
            guard let text = value as? String else { return ["\(path) is no string"] }
            if let names = rules["enum"] as? [String], !names.contains(text) {
                return ["\(path) is not listed"]
            }
            if let pattern = rules["pattern"] as? String,
                text.range(of: pattern, options: .regularExpression) == nil
            {
                return ["\(path) does not match"]
            }
            return []
        case "integer":
            guard !(value is String), let number = value as? Int else { return ["\(path) is no integer"] }
            if let minimum = rules["minimum"] as? Int, number < minimum { return ["\(path) is too small"] }
            if let maximum = rules["maximum"] as? Int, number > maximum { return ["\(path) is too large"] }
            return []
        case let type:
            return ["\(path): the schema has the type \(type ?? "none")"]
        }
    }

    @Test func theReadableViewsAnswerPlainSQL() throws {
        let set = try sample.open("pairs", .pairs)
        for index in 0..<set.shardCount {
            let shell = try SQLiteShell(sample.folder.file("pairs") + "/" + set.manifest.shards[index].file)
            let groups = try set.shard(at: index).groups()
            let rewards = groups.flatMap { group in
                group.pairs.map { (group.candidates[$0.first].reward, group.candidates[$0.second].reward) }
            }
            let readable = try shell.rows(
                "SELECT prompt, first_text, first_reward, second_text, second_reward FROM pairs_readable")
            #expect(readable.count == rewards.count)
            #expect(
                try shell.rows("SELECT count(*), sum(reward_difference) IS NOT NULL FROM pairs_readable")
                    == [["\(rewards.count)", "1"]])
            let preferences = try shell.rows(
                "SELECT prompt, chosen, rejected, score_chosen, score_rejected FROM trl_preference")
            #expect(preferences.count == rewards.count { $0.0 != $0.1 })
            for row in preferences { #expect(try #require(Double(row[3])) > #require(Double(row[4]))) }
            for row in preferences {
                let (chosen, rejected) = (row[1], row[2])
                func score(_ text: String) -> [Double] {
                    readable.flatMap { pair in
                        (pair[1] == text ? [Double(pair[2]) ?? .nan] : [])
                            + (pair[3] == text ? [Double(pair[4]) ?? .nan] : [])
                    }
                }
                #expect(score(chosen).contains(try #require(Double(row[3]))))
                #expect(score(rejected).contains(try #require(Double(row[4]))))
            }
        }
    }
}
