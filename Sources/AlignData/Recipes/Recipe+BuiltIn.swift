extension Recipe {
    /// The names of the built-in recipes, sorted.
    public static var builtInNames: [String] { builtInYAML.keys.sorted() }

    /// A built-in recipe.
    /// - Throws: `RecipeError.unknownName`.
    public static func named(_ name: String) throws -> Recipe {
        guard let yaml = builtInYAML[name] else { throw RecipeError.unknownName(name, known: builtInNames) }
        return try Recipe(yaml: yaml, name: name)
    }

    /// The YAML of a built-in recipe, as a start for one's own.
    public static func yaml(named name: String) -> String? { builtInYAML[name] }

    private static let builtInYAML = [
        "generic": """
        name: generic
        description: JSON lines with a document, and a summary or a list of them where there is one.
        sources:
          - files: ['**/{split}.jsonl', '**/*.jsonl', '**/*.json']
            format: jsonl
            fields:
              document: document
              references: [summary?, summaries?]
              id: id?
              split: split?
        prompt:
          text: |-
            {document}

            TL;DR:
          max-tokens: 512
          truncate:
            post-to-last-newline: document
          completion-prefix: " "
        preferences:
          document: document
          chosen: chosen
          rejected: rejected
          margin: margin?
          split: split?

        """,
        "scitldr": """
        name: scitldr
        description: Abstracts of computer science papers as lists of sentences, with one or several TLDRs.
        citation: "Cachola et al., TLDR: Extreme Summarization of Scientific Documents (arXiv 2004.15011)"
        licence: Apache-2.0
        sources:
          - files: '**/{split}.jsonl'
            format: jsonl
            fields:
              document: source
              references: target
              id: paper_id
        prompt:
          text: |-
            {document}

            TL;DR:
          max-tokens: 512
          truncate: reject
          completion-prefix: " "

        """,
        "tldr": """
        name: tldr
        description: Reddit posts with their authors' own TL;DR, filtered, as OpenAI published them.
        citation: "Stiennon et al., Learning to summarize from human feedback, 2020 (arXiv 2009.01325)"
        licence: see the publisher's repository (openai/summarize-from-feedback)
        sources:
          - files: '**/{split}.jsonl'
            format: jsonl
            fields:
              document: post
              title: title
              references: summary
              id: id
              subreddit: subreddit
        prompt:
          text: |-
            SUBREDDIT: r/{subreddit}

            TITLE: {title}

            POST: {document}

            TL;DR:
          max-tokens: 512
          truncate:
            post-to-last-newline: document
          completion-prefix: " "

        """,
        "tldr-trl": """
        name: tldr-trl
        description: The same posts as TRL publishes them, with the prompt already rendered.
        citation: "Stiennon et al., Learning to summarize from human feedback, 2020 (arXiv 2009.01325)"
        licence: see the publisher's repository (openai/summarize-from-feedback)
        sources:
          - files: ['**/{split}.jsonl', '**/*.jsonl']
            format: jsonl
            fields:
              document: prompt
              references: completion
        prompt:
          text: '{document}'
          max-tokens: 512
          truncate: reject
          completion-prefix: " "
        preferences:
          document: prompt
          chosen: chosen
          rejected: rejected

        """,
    ]
}
