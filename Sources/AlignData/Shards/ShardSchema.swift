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
    public static func tables(of kind: ShardKind) -> [String] {
        switch kind {
        case .corpus:
            [
                "document", "prompt", "reference", "given_completion", "given_score", "rejection", "filtered",
            ]
        case .candidates: ["prompt", "reference", "completion", "given_score", "rejection"]
        case .rewards: ["reward"]
        case .pairs: ["prompt", "reference", "completion", "pair", "rejection"]
        }
    }

    /// The statements that make an empty shard.
    /// - Parameter version: of the format; one that is readable.
    public static func statements(
        of kind: ShardKind, version: Int = Manifest.currentFormatVersion
    ) -> [String] {
        switch kind {
        case .corpus:
            [
                info, rowGroup, document, corpusPrompt(version), reference, givenCompletion, corpusScore,
                rejection, filtered,
            ]
        case .candidates:
            [
                info, rowGroup, candidatePrompt(version), reference, candidateCompletion, candidateScore,
                rejection,
            ]
        case .rewards: [info, rowGroup, reward]
        case .pairs:
            [
                info, rowGroup, pairPrompt(version), reference, pairCompletion, pair, rejection,
                pairsReadable, preference(version),
            ]
        }
    }

    /// Whether prompts have the own id of their record and its extra fields.
    static func hasExtraFields(version: Int) -> Bool { version >= 2 }

    private static let info = """
        CREATE TABLE shard_info (
            key TEXT NOT NULL PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """

    private static let rowGroup = """
        CREATE TABLE row_group (
            table_name TEXT NOT NULL,
            first INTEGER NOT NULL CHECK (first >= 0),
            rows INTEGER NOT NULL CHECK (rows > 0),
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            PRIMARY KEY (table_name, first)
        ) STRICT, WITHOUT ROWID
        """

    private static let document = """
        CREATE TABLE document (
            id TEXT NOT NULL PRIMARY KEY,
            source_id TEXT,
            title TEXT,
            text TEXT NOT NULL,
            split TEXT CHECK (split = 'train' OR split = 'validation' OR split = 'test'),
            source TEXT NOT NULL,
            member TEXT,
            byte_offset INTEGER,
            line INTEGER
        ) STRICT
        """

    private static func corpusPrompt(_ version: Int) -> String {
        """
        CREATE TABLE prompt (
            position INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            document_id TEXT NOT NULL REFERENCES document (id),
        \(promptColumns(version))
        ) STRICT
        """
    }

    private static func candidatePrompt(_ version: Int) -> String {
        """
        CREATE TABLE prompt (
            position INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            document_id TEXT NOT NULL,
        \(promptColumns(version)),
        \(provenanceColumns)
        ) STRICT
        """
    }

    private static func pairPrompt(_ version: Int) -> String {
        """
        CREATE TABLE prompt (
            position INTEGER PRIMARY KEY,
            id TEXT NOT NULL,
            document_id TEXT NOT NULL,
        \(promptColumns(version)),
        \(provenanceColumns),
            first_completion INTEGER NOT NULL,
            completions INTEGER NOT NULL CHECK (completions >= 0),
            first_pair INTEGER NOT NULL,
            pairs INTEGER NOT NULL CHECK (pairs >= 0)
        ) STRICT
        """
    }

    private static func promptColumns(_ version: Int) -> String {
        let columns = """
                split TEXT NOT NULL CHECK (split = 'train' OR split = 'validation' OR split = 'test'),
                text TEXT NOT NULL,
                tokens BLOB NOT NULL CHECK (length(tokens) % 2 = 0),
                truncated_characters INTEGER NOT NULL CHECK (truncated_characters >= 0)
            """
        return hasExtraFields(version: version)
            ? columns + ",\n    source_id TEXT,\n    fields TEXT" : columns
    }

    /// Of a prompt that is not in the shard of its document.
    private static let provenanceColumns = """
            source TEXT NOT NULL,
            member TEXT,
            byte_offset INTEGER,
            line INTEGER
        """

    private static let reference = """
        CREATE TABLE reference (
            prompt_position INTEGER NOT NULL REFERENCES prompt (position),
            position INTEGER NOT NULL CHECK (position >= 0),
            text TEXT NOT NULL,
            tokens BLOB NOT NULL CHECK (length(tokens) % 2 = 0),
            UNIQUE (prompt_position, position)
        ) STRICT
        """

    private static let givenCompletion = """
        CREATE TABLE given_completion (
            prompt_position INTEGER NOT NULL REFERENCES prompt (position),
            position INTEGER NOT NULL CHECK (position >= 0),
            policy TEXT,
            text TEXT NOT NULL,
            tokens BLOB NOT NULL CHECK (length(tokens) % 2 = 0),
            UNIQUE (prompt_position, position)
        ) STRICT
        """

    private static let corpusScore = """
        CREATE TABLE given_score (
            prompt_position INTEGER NOT NULL,
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            value REAL NOT NULL,
            UNIQUE (prompt_position, position, name),
            FOREIGN KEY (prompt_position, position) REFERENCES given_completion (prompt_position, position)
        ) STRICT
        """

    private static let candidateScore = """
        CREATE TABLE given_score (
            completion_id TEXT NOT NULL REFERENCES completion (id),
            name TEXT NOT NULL,
            value REAL NOT NULL,
            UNIQUE (completion_id, name)
        ) STRICT
        """

    private static let filtered = """
        CREATE TABLE filtered (
            reason TEXT NOT NULL,
            source TEXT NOT NULL,
            member TEXT,
            byte_offset INTEGER,
            line INTEGER
        ) STRICT
        """

    private static let rejection = """
        CREATE TABLE rejection (
            stage TEXT NOT NULL,
            reason TEXT NOT NULL,
            detail TEXT NOT NULL,
            source TEXT NOT NULL,
            member TEXT,
            byte_offset INTEGER,
            line INTEGER,
            excerpt TEXT NOT NULL
        ) STRICT
        """

    private static let candidateCompletion = """
        CREATE TABLE completion (
            prompt_position INTEGER NOT NULL REFERENCES prompt (position),
            rollout_index INTEGER NOT NULL CHECK (rollout_index >= 0),
            id TEXT NOT NULL UNIQUE,
            prompt_id TEXT NOT NULL REFERENCES prompt (id),
            text TEXT NOT NULL,
            tokens BLOB NOT NULL CHECK (length(tokens) % 2 = 0),
            finish_reason TEXT NOT NULL CHECK (
                finish_reason = 'eos' OR finish_reason = 'length' OR finish_reason = 'given'),
            policy_id TEXT NOT NULL,
            log_probability REAL NOT NULL,
            sampled_log_probability REAL NOT NULL,
            reference_log_probability REAL NOT NULL,
            UNIQUE (prompt_position, rollout_index)
        ) STRICT
        """

    private static let reward = """
        CREATE TABLE reward (
            completion_id TEXT NOT NULL,
            prompt_id TEXT NOT NULL,
            scorer_id TEXT NOT NULL,
            value REAL NOT NULL,
            PRIMARY KEY (completion_id, scorer_id)
        ) STRICT
        """

    private static let pairCompletion = """
        CREATE TABLE completion (
            position INTEGER PRIMARY KEY,
            prompt_position INTEGER NOT NULL REFERENCES prompt (position),
            rollout_index INTEGER NOT NULL CHECK (rollout_index >= 0),
            id TEXT NOT NULL,
            text TEXT NOT NULL,
            tokens BLOB NOT NULL CHECK (length(tokens) % 2 = 0),
            finish_reason TEXT NOT NULL CHECK (
                finish_reason = 'eos' OR finish_reason = 'length' OR finish_reason = 'given'),
            policy_id TEXT NOT NULL,
            log_probability REAL NOT NULL,
            sampled_log_probability REAL NOT NULL,
            reference_log_probability REAL NOT NULL,
            reward REAL NOT NULL,
            raw_reward REAL NOT NULL
        ) STRICT
        """

    private static let pair = """
        CREATE TABLE pair (
            position INTEGER PRIMARY KEY,
            first INTEGER NOT NULL REFERENCES completion (position),
            second INTEGER NOT NULL REFERENCES completion (position) CHECK (first < second)
        ) STRICT
        """

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
