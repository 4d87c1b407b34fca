-- A shard of pairs: prompts, their scored completions, and the pairs among these: all that training needs.
-- Written by `align-data pairs` and `import`, read by `train` and `export`. A prompt is never split across shards.
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
    id TEXT NOT NULL,
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
    line INTEGER,
    -- its completions are the rows of completion from this position on
    first_completion INTEGER NOT NULL,
    completions INTEGER NOT NULL CHECK (completions >= 0),
    -- and its pairs the rows of pair
    first_pair INTEGER NOT NULL,
    pairs INTEGER NOT NULL CHECK (pairs >= 0)
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

-- The completions that are in a pair. Identical ones are left out.
CREATE TABLE completion (
    -- 0, 1, 2, … within the shard; pairs name it
    position INTEGER PRIMARY KEY,
    prompt_position INTEGER NOT NULL REFERENCES prompt (position),
    -- as in the candidates
    rollout_index INTEGER NOT NULL CHECK (rollout_index >= 0),
    id TEXT NOT NULL,
    -- the tokens decoded, without end-of-sequence
    text TEXT NOT NULL,
    -- end-of-sequence included unless finish_reason is length
    tokens BLOB NOT NULL CHECK (length(tokens) % 2 = 0),
    -- eos: it ended by itself; length: the budget was spent; given: a whole text that was not drawn
    finish_reason TEXT NOT NULL CHECK (
        finish_reason = 'eos' OR finish_reason = 'length' OR finish_reason = 'given'),
    -- hash of the model that wrote it; 'reference' or 'import' of given texts
    policy_id TEXT NOT NULL,
    -- at temperature 1 and without truncation
    log_probability REAL NOT NULL,
    -- as drawn: temperature, top-k, top-p; of given texts, which were not drawn, log_probability
    sampled_log_probability REAL NOT NULL,
    -- under the reference policy
    reference_log_probability REAL NOT NULL,
    -- higher is better; after the rule for unfinished completions and shaping
    reward REAL NOT NULL,
    -- as scored: the weighted sum of the reward sets
    raw_reward REAL NOT NULL
) STRICT;

-- The pairs, unordered: first < second are completion.position, of one prompt. Which one is better is in the rewards, and
-- neither is on a tie. No pair is listed twice.
CREATE TABLE pair (
    -- 0, 1, 2, … within the shard; a prompt's pairs ascend by (first, second)
    position INTEGER PRIMARY KEY,
    first INTEGER NOT NULL REFERENCES completion (position),
    second INTEGER NOT NULL REFERENCES completion (position) CHECK (first < second)
) STRICT;

-- What was not taken: of an import; empty where pairs were made from candidates.
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

-- The pairs as people read them: texts and both rewards.
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
JOIN prompt ON prompt.position = a.prompt_position;

-- The pairs as preference trainers name them. Ties are left out. Plain columns throughout: readers such as DuckDB take a
-- column's type from its declaration, which an expression has not.
CREATE VIEW trl_preference AS
SELECT
    prompt.text AS prompt,
    chosen.text AS chosen,
    rejected.text AS rejected,
    chosen.reward AS score_chosen,
    rejected.reward AS score_rejected,
    prompt.split AS split,
    prompt.source_id AS source_id,
    prompt.fields AS fields
FROM pair
JOIN completion AS chosen ON chosen.position IN (pair.first, pair.second)
JOIN completion AS rejected ON rejected.position = pair.first + pair.second - chosen.position
JOIN prompt ON prompt.position = chosen.prompt_position
WHERE chosen.reward > rejected.reward;
