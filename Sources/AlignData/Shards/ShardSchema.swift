/// The tables of each kind of shard, as SQL. `schemas/` shows the same statements with their explanation; a test
/// holds the two equal.
public enum ShardSchema {
    /// `ALGN` in ASCII, in the header of every shard (`PRAGMA application_id`).
    public static let applicationID: Int32 = 0x414C_474E
    /// `PRAGMA user_version` of every shard that is written.
    public static var userVersion: Int { Manifest.currentFormatVersion }

    /// Bytes a page. Of pairs twice SQLite's own choice: a row with its tokens fills a good part of a page, and more
    /// rows a page are faster to append and to read in order, while a group drawn alone still costs few bytes. Whole
    /// documents are larger, and are read in order alone.
    static func pageSize(of kind: ShardKind) -> Int { kind == .corpus ? 32768 : 8192 }

    /// The tables that hold rows, in the order of the statements.
    /// - Parameter version: of the format; one that is readable.
    static func tables(
        of kind: ShardKind, version: Int = Manifest.currentFormatVersion
    ) -> [ShardTable] {
        switch kind {
        case .corpus:
            [
                .document, .corpusPrompt(version: version), .reference, .givenCompletion, .corpusScore,
                .rejection, .filtered,
            ]
        case .candidates:
            [
                .candidatePrompt(version: version), .reference, .candidateCompletion, .candidateScore,
                .rejection,
            ]
        case .rewards: [.reward]
        case .pairs:
            [.pairPrompt(version: version), .reference, .pairCompletion, .pair, .rejection]
        }
    }

    /// The names of the tables that hold rows.
    static func tableNames(of kind: ShardKind) -> [String] { tables(of: kind).map(\.name) }

    /// The statements that make an empty shard.
    /// - Parameter version: of the format; one that is readable.
    package static func statements(
        of kind: ShardKind, version: Int = Manifest.currentFormatVersion
    ) -> [String] {
        let tables = [.info, .rowGroup] + tables(of: kind, version: version)
        return tables.map(\.statement) + (kind == .pairs ? [pairsReadable, preference(version)] : [])
    }

    /// Whether prompts have the own id of their record and its extra fields.
    static func hasExtraFields(version: Int) -> Bool { version >= 2 }

    private static let pairsReadable = """
        CREATE VIEW pairs_readable AS
        SELECT
            prompt.id AS prompt_id,
            prompt.split AS split,
            prompt.text AS prompt,
            a.id AS first_id,
            a.text AS first_text,
            a.reward AS first_reward,
            b.id AS second_id,
            b.text AS second_text,
            b.reward AS second_reward,
            a.reward - b.reward AS reward_difference
        FROM pair
        JOIN completion AS a ON a.position = pair.first
        JOIN completion AS b ON b.position = pair.second
        JOIN prompt ON prompt.position = a.prompt_position
        """

    private static func preference(_ version: Int) -> String {
        let extra =
            hasExtraFields(version: version)
            ? ",\n    prompt.source_id AS source_id,\n    prompt.fields AS fields" : ""
        return """
            CREATE VIEW trl_preference AS
            SELECT
                prompt.text AS prompt,
                chosen.text AS chosen,
                rejected.text AS rejected,
                chosen.reward AS score_chosen,
                rejected.reward AS score_rejected,
                prompt.split AS split\(extra)
            FROM pair
            JOIN completion AS chosen ON chosen.position IN (pair.first, pair.second)
            JOIN completion AS rejected ON rejected.position = pair.first + pair.second - chosen.position
            JOIN prompt ON prompt.position = chosen.prompt_position
            WHERE chosen.reward > rejected.reward
            """
    }
}
