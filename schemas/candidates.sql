-- A shard of candidates: prompts and the completions a policy wrote for them.
-- Written by `align-data generate`, read by `score` and `pairs`. Self-contained: the prompts are copied from the corpus.
--
-- Every shard: PRAGMA application_id = 0x414C474E ('ALGN'), PRAGMA user_version = 2 (the format version).
-- Token ids are blobs of little-endian integers of `token_width` bytes (shard_info): 2, unsigned, or 4, signed.
-- Ids are 32 hexadecimal digits: the first 128 bits of a SHA-256 of the record's content. Log-probabilities are sums
-- over a completion's tokens, in nats.

-- What the shard says of itself. Keys: kind, index (of the shard in its set), configuration_hash (SHA-256 of the
-- resolved configuration), counts (records in, out, filtered, rejected, noted, as JSON), rows (rows by table, as JSON),
-- prompts (prompts by split, as JSON), token_width (bytes of a token id).
CREATE TABLE shard_info (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Digests of the rows of the tables below, in the order of their rowids, cut into groups of up to 1024 rows or 1 MiB.
CREATE TABLE row_group (
    table_name TEXT NOT NULL,
    -- the ordinal of its first row in the table, from 0
    first INTEGER NOT NULL CHECK (first >= 0),
    rows INTEGER NOT NULL CHECK (rows > 0),
    -- over the values of its rows, encoded as schemas/README.md says
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    PRIMARY KEY (table_name, first)
) STRICT, WITHOUT ROWID;

-- The prompts, copied from the corpus with the place their document came from.
CREATE TABLE prompt (
    -- 0, 1, 2, … within the shard
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL,
    split TEXT NOT NULL CHECK (split = 'train' OR split = 'validation' OR split = 'test'),
    -- rendered by the template
    text TEXT NOT NULL,
    -- of exactly this text
    tokens BLOB NOT NULL CHECK (length(tokens) % 2 = 0),
    -- cut from the document to fit; 0 when whole
    truncated_characters INTEGER NOT NULL CHECK (truncated_characters >= 0),
    -- the own id of the record, where the corpus has one; of a document with several prompts, each prompt's own
    source_id TEXT,
    -- the record's extra fields, as a JSON object of texts with sorted keys; NULL where there are none
    fields TEXT,
    -- path within the folder of sources
    source TEXT NOT NULL,
    -- within an archive; '!' between nested archives
    member TEXT,
    -- of the record within source or member
    byte_offset INTEGER,
    -- counted from 1
    line INTEGER
) STRICT;

-- The summaries people wrote for a prompt.
CREATE TABLE reference (
    prompt_position INTEGER NOT NULL REFERENCES prompt (position),
    position INTEGER NOT NULL CHECK (position >= 0),
    text TEXT NOT NULL,
    -- without end-of-sequence
    tokens BLOB NOT NULL CHECK (length(tokens) % 2 = 0),
    UNIQUE (prompt_position, position)
) STRICT;

-- The completions, with all that was known when they were written.
CREATE TABLE completion (
    prompt_position INTEGER NOT NULL REFERENCES prompt (position),
    -- 0 to K-1 within its prompt
    rollout_index INTEGER NOT NULL CHECK (rollout_index >= 0),
    id TEXT NOT NULL UNIQUE,
    prompt_id TEXT NOT NULL REFERENCES prompt (id),
    -- the tokens decoded, without end-of-sequence
    text TEXT NOT NULL,
    -- end-of-sequence included unless finish_reason is length
    tokens BLOB NOT NULL CHECK (length(tokens) % 2 = 0),
    -- eos: it ended by itself; length: the budget was spent; given: a whole text that was not drawn
    finish_reason TEXT NOT NULL CHECK (
        finish_reason = 'eos' OR finish_reason = 'length' OR finish_reason = 'given'),
    -- hash of the model that wrote it; of given texts 'reference', 'import', 'corpus' or 'corpus:' and their writer's name
    policy_id TEXT NOT NULL,
    -- at temperature 1 and without truncation
    log_probability REAL NOT NULL,
    -- as drawn: temperature, top-k, top-p; of given texts, which were not drawn, log_probability
    sampled_log_probability REAL NOT NULL,
    -- under the reference policy
    reference_log_probability REAL NOT NULL,
    UNIQUE (prompt_position, rollout_index)
) STRICT;

-- The scores that came with given completions of the corpus.
CREATE TABLE given_score (
    completion_id TEXT NOT NULL REFERENCES completion (id),
    name TEXT NOT NULL,
    value REAL NOT NULL,
    UNIQUE (completion_id, name)
) STRICT;

-- Records that were not taken, in the order they were met.
CREATE TABLE rejection (
    stage TEXT NOT NULL,
    -- a code in kebab case
    reason TEXT NOT NULL,
    -- a sentence without the record's own text
    detail TEXT NOT NULL,
    source TEXT NOT NULL,
    member TEXT,
    byte_offset INTEGER,
    line INTEGER,
    -- the record's first 120 characters
    excerpt TEXT NOT NULL
) STRICT;
