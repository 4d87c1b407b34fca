/// The tables of each kind of shard, as SQL. `schemas/` shows the same statements with their explanation; a test
/// holds the two equal.
public enum ShardSchema {
    /// `ALGN` in ASCII, in the header of every shard (`PRAGMA application_id`).
    public static let applicationID: Int32 = 0x414C_474E
    /// `PRAGMA user_version` of every shard.
    public static var userVersion: Int { Manifest.currentFormatVersion }

    /// The tables that hold rows, in the order of the statements.
    public static func tables(of kind: ShardKind) -> [String] {
        switch kind {
        case .corpus: ["document", "prompt", "reference", "rejection"]
        case .candidates: ["prompt", "reference", "completion", "rejection"]
        case .rewards: ["reward"]
        case .pairs: ["prompt", "reference", "completion", "pair", "rejection"]
        }
    }

    /// The statements that make an empty shard.
    public static func statements(of kind: ShardKind) -> [String] {
        switch kind {
        case .corpus: [info, document, corpusPrompt, reference, rejection]
        case .candidates: [info, prompt, reference, candidateCompletion, rejection]
        case .rewards: [info, reward]
        case .pairs: [info, prompt, reference, pairCompletion, pair, rejection, pairsReadable, preference]
        }
    }

    private static let info = """
        CREATE TABLE shard_info (
            key TEXT NOT NULL PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """

    private static let document = """
        CREATE TABLE document (
            id TEXT NOT NULL PRIMARY KEY,
            source_id TEXT,
            title TEXT,
            text TEXT NOT NULL,
            split TEXT CHECK (split IN ('train', 'validation', 'test')),
            source TEXT NOT NULL,
            member TEXT,
            byte_offset INTEGER,
            line INTEGER
        ) STRICT
        """

    private static let corpusPrompt = """
        CREATE TABLE prompt (
            position INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            document_id TEXT NOT NULL REFERENCES document (id),
            split TEXT NOT NULL CHECK (split IN ('train', 'validation', 'test')),
            text TEXT NOT NULL,
            tokens BLOB NOT NULL CHECK (length(tokens) % 4 = 0),
            truncated_characters INTEGER NOT NULL CHECK (truncated_characters >= 0)
        ) STRICT
        """

    private static let prompt = """
        CREATE TABLE prompt (
            position INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            document_id TEXT NOT NULL,
            split TEXT NOT NULL CHECK (split IN ('train', 'validation', 'test')),
            text TEXT NOT NULL,
            tokens BLOB NOT NULL CHECK (length(tokens) % 4 = 0),
            truncated_characters INTEGER NOT NULL CHECK (truncated_characters >= 0),
            source TEXT NOT NULL,
            member TEXT,
            byte_offset INTEGER,
            line INTEGER
        ) STRICT
        """

    private static let reference = """
        CREATE TABLE reference (
            prompt_id TEXT NOT NULL REFERENCES prompt (id),
            position INTEGER NOT NULL CHECK (position >= 0),
            text TEXT NOT NULL,
            tokens BLOB NOT NULL CHECK (length(tokens) % 4 = 0),
            UNIQUE (prompt_id, position)
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
            tokens BLOB NOT NULL CHECK (length(tokens) % 4 = 0),
            finish_reason TEXT NOT NULL CHECK (finish_reason IN ('eos', 'length', 'given')),
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
        ) STRICT, WITHOUT ROWID
        """

    private static let pairCompletion = """
        CREATE TABLE completion (
            prompt_position INTEGER NOT NULL REFERENCES prompt (position),
            position INTEGER NOT NULL CHECK (position >= 0),
            id TEXT NOT NULL,
            prompt_id TEXT NOT NULL REFERENCES prompt (id),
            rollout_index INTEGER NOT NULL CHECK (rollout_index >= 0),
            text TEXT NOT NULL,
            tokens BLOB NOT NULL CHECK (length(tokens) % 4 = 0),
            finish_reason TEXT NOT NULL CHECK (finish_reason IN ('eos', 'length', 'given')),
            policy_id TEXT NOT NULL,
            log_probability REAL NOT NULL,
            sampled_log_probability REAL NOT NULL,
            reference_log_probability REAL NOT NULL,
            reward REAL NOT NULL,
            raw_reward REAL NOT NULL,
            UNIQUE (prompt_position, position)
        ) STRICT
        """

    private static let pair = """
        CREATE TABLE pair (
            prompt_position INTEGER NOT NULL REFERENCES prompt (position),
            first INTEGER NOT NULL,
            second INTEGER NOT NULL CHECK (first < second),
            PRIMARY KEY (prompt_position, first, second),
            FOREIGN KEY (prompt_position, first) REFERENCES completion (prompt_position, position),
            FOREIGN KEY (prompt_position, second) REFERENCES completion (prompt_position, position)
        ) STRICT, WITHOUT ROWID
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
        JOIN prompt ON prompt.position = pair.prompt_position
        JOIN completion AS a ON a.prompt_position = pair.prompt_position AND a.position = pair.first
        JOIN completion AS b ON b.prompt_position = pair.prompt_position AND b.position = pair.second
        """

    private static let preference = """
        CREATE VIEW trl_preference AS
        SELECT
            prompt.text AS prompt,
            chosen.text AS chosen,
            rejected.text AS rejected,
            chosen.reward AS score_chosen,
            rejected.reward AS score_rejected,
            prompt.split AS split
        FROM pair
        JOIN prompt ON prompt.position = pair.prompt_position
        JOIN completion AS chosen ON chosen.prompt_position = pair.prompt_position
            AND chosen.position IN (pair.first, pair.second)
        JOIN completion AS rejected ON rejected.prompt_position = pair.prompt_position
            AND rejected.position = pair.first + pair.second - chosen.position
        WHERE chosen.reward > rejected.reward
        """
}
