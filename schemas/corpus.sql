-- A shard of a corpus: the documents, and the prompts rendered from them.
-- Written by `align-data ingest`, read by `generate` and `evaluate`.
--
-- Every shard: PRAGMA application_id = 0x414C474E ('ALGN'), PRAGMA user_version = 2 (the format version).
-- Token ids are blobs of little-endian integers of `token_width` bytes (shard_info): 2, unsigned, or 4, signed.
-- Ids are 32 hexadecimal digits: the first 128 bits of a SHA-256 of the record's content. Log-probabilities are sums
-- over a completion's tokens, in nats.

-- What the shard says of itself. Keys: kind, index (of the shard in its set), configuration_hash (SHA-256 of the
-- resolved configuration), counts (records in, out, filtered, rejected, noted, as JSON), rows (rows by table, as JSON),
-- prompts (prompts by split, as JSON), token_width (bytes of a token id); where there are such, left_out (the places, among
-- the records that passed cleaning, of those without a prompt, as JSON) and later_records (how many records of later
-- shards belong to prompts of this one; they are joined to them).
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

-- The documents. Texts are cleaned: no byte order mark, LF as line end, NFC, no control characters but tab and line
-- feed, no white space around.
-- A document whose prompts lie in several shards stands once in each of them.
CREATE TABLE document (
    id TEXT NOT NULL PRIMARY KEY,
    -- the corpus's own id, where it has one
    source_id TEXT,
    title TEXT,
    text TEXT NOT NULL,
    split TEXT CHECK (split = 'train' OR split = 'validation' OR split = 'test'),
    -- path within the folder of sources
    source TEXT NOT NULL,
    -- within an archive; '!' between nested archives
    member TEXT,
    -- of the record within source or member
    byte_offset INTEGER,
    -- counted from 1
    line INTEGER
) STRICT;

-- The prompts, numbered in the order of the corpus.
CREATE TABLE prompt (
    -- 0, 1, 2, … within the shard
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL REFERENCES document (id),
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
    fields TEXT
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

-- What policies wrote for a prompt before it came here, as the corpus has it.
CREATE TABLE given_completion (
    prompt_position INTEGER NOT NULL REFERENCES prompt (position),
    position INTEGER NOT NULL CHECK (position >= 0),
    -- the corpus's own name for its writer, where it has one
    policy TEXT,
    text TEXT NOT NULL,
    -- without end-of-sequence
    tokens BLOB NOT NULL CHECK (length(tokens) % 2 = 0),
    UNIQUE (prompt_position, position)
) STRICT;

-- The scores that came with them.
CREATE TABLE given_score (
    prompt_position INTEGER NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    value REAL NOT NULL,
    UNIQUE (prompt_position, position, name),
    FOREIGN KEY (prompt_position, position) REFERENCES given_completion (prompt_position, position)
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

-- Records that a rule of the recipe left out, in the order they were met.
CREATE TABLE filtered (
    -- a code in kebab case
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    member TEXT,
    byte_offset INTEGER,
    line INTEGER
) STRICT;
