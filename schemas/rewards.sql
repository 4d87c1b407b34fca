-- A shard of rewards: one number for each completion of the shard of candidates with the same index.
-- Written by `align-data score`, read by `pairs`.
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

-- One row for each completion and scorer.
CREATE TABLE reward (
    completion_id TEXT NOT NULL,
    prompt_id TEXT NOT NULL,
    -- hash of the reward model, or the name of a program
    scorer_id TEXT NOT NULL,
    -- higher is better
    value REAL NOT NULL,
    PRIMARY KEY (completion_id, scorer_id)
) STRICT;
