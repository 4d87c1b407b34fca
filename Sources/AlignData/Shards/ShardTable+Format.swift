/// The tables of the format.
extension ShardTable {
    static let info = ShardTable(
        name: "shard_info", columns: [.text("key", "PRIMARY KEY"), .text("value")], hasRowID: false)

    static let rowGroup = ShardTable(
        name: "row_group",
        columns: [
            .text("table_name"), .count("first"), .integer("rows", "CHECK (rows > 0)"),
            ShardColumn(name: "sha256", content: .blob, rule: "CHECK (length(sha256) = 32)"),
        ],
        conditions: ["PRIMARY KEY (table_name, first)"], hasRowID: false)

    static let document = ShardTable(
        name: "document",
        columns: [
            .text("id", "PRIMARY KEY"), .optionalText("source_id"), .optionalText("title"), .text("text"),
            ShardColumn(name: "split", content: .text, isOptional: true, rule: splitRule),
        ] + provenance)

    static func corpusPrompt(version: Int) -> ShardTable {
        ShardTable(
            name: "prompt",
            columns: [.position(), .text("id", "UNIQUE"), .text("document_id", "REFERENCES document (id)")]
                + promptText(version: version))
    }

    static func candidatePrompt(version: Int) -> ShardTable {
        ShardTable(
            name: "prompt",
            columns: [.position(), .text("id", "UNIQUE"), .text("document_id")]
                + promptText(version: version) + provenance)
    }

    /// Completions and pairs of a prompt follow each other, from the positions it states.
    static func pairPrompt(version: Int) -> ShardTable {
        ShardTable(
            name: "prompt",
            columns: [.position(), .text("id"), .text("document_id")]
                + promptText(version: version) + provenance
                + [
                    .integer("first_completion"), .count("completions"), .integer("first_pair"),
                    .count("pairs"),
                ])
    }

    static let reference = ShardTable(
        name: "reference", columns: [promptPosition, .count("position"), .text("text"), .tokens],
        conditions: ["UNIQUE (prompt_position, position)"])

    static let givenCompletion = ShardTable(
        name: "given_completion",
        columns: [promptPosition, .count("position"), .optionalText("policy"), .text("text"), .tokens],
        conditions: ["UNIQUE (prompt_position, position)"])

    static let corpusScore = ShardTable(
        name: "given_score",
        columns: [.integer("prompt_position"), .integer("position"), .text("name"), .real("value")],
        conditions: [
            "UNIQUE (prompt_position, position, name)",
            "FOREIGN KEY (prompt_position, position) REFERENCES given_completion (prompt_position, position)",
        ])

    static let candidateScore = ShardTable(
        name: "given_score",
        columns: [.text("completion_id", "REFERENCES completion (id)"), .text("name"), .real("value")],
        conditions: ["UNIQUE (completion_id, name)"])

    static let filtered = ShardTable(name: "filtered", columns: [.text("reason")] + provenance)

    static let rejection = ShardTable(
        name: "rejection",
        columns: [.text("stage"), .text("reason"), .text("detail")] + provenance + [.text("excerpt")])

    static let candidateCompletion = ShardTable(
        name: "completion",
        columns: [
            promptPosition, .count("rollout_index"), .text("id", "UNIQUE"),
            .text("prompt_id", "REFERENCES prompt (id)"),
        ] + completionText,
        conditions: ["UNIQUE (prompt_position, rollout_index)"])

    static let pairCompletion = ShardTable(
        name: "completion",
        columns: [.position(), promptPosition, .count("rollout_index"), .text("id")] + completionText
            + [.real("reward"), .real("raw_reward")])

    static let reward = ShardTable(
        name: "reward",
        columns: [.text("completion_id"), .text("prompt_id"), .text("scorer_id"), .real("value")],
        conditions: ["PRIMARY KEY (completion_id, scorer_id)"])

    static let pair = ShardTable(
        name: "pair",
        columns: [
            .position(), .integer("first", "REFERENCES completion (position)"),
            .integer("second", "REFERENCES completion (position) CHECK (first < second)"),
        ])

    private static let promptPosition = ShardColumn.integer(
        "prompt_position", "REFERENCES prompt (position)")

    /// Names are those of the format, not whatever the enumeration has today.
    private static let splitRule = "CHECK (split = 'train' OR split = 'validation' OR split = 'test')"

    /// Where a record was found.
    private static let provenance: [ShardColumn] = [
        .text("source"), .optionalText("member"), .optionalInteger("byte_offset"), .optionalInteger("line"),
    ]

    /// What the prompts of all kinds have.
    private static func promptText(version: Int) -> [ShardColumn] {
        let columns: [ShardColumn] = [
            .text("split", splitRule), .text("text"), .tokens, .count("truncated_characters"),
        ]
        return ShardSchema.hasExtraFields(version: version)
            ? columns + [.optionalText("source_id"), .optionalText("fields")] : columns
    }

    /// What the completions of all kinds have.
    private static let completionText: [ShardColumn] = [
        .text("text"), .tokens,
        .text(
            "finish_reason",
            """
            CHECK (
                    finish_reason = 'eos' OR finish_reason = 'length' OR finish_reason = 'given')
            """),
        .text("policy_id"), .real("log_probability"), .real("sampled_log_probability"),
        .real("reference_log_probability"),
    ]
}
