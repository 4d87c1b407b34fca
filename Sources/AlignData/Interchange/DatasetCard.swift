import Foundation

/// The README of an exported data set, in the form that the Hugging Face hub reads: a YAML header that names
/// the files, then what the data are made of and what is in them.
struct DatasetCard {
    var name: String
    /// Of the pair set.
    var manifest: Manifest
    var manifestHash: String
    var files: [ExportFiles.File]
    var contents: ExportContents
    /// The record's own id and the extra fields, as far as the set has them.
    var extraColumns: [String] = []

    var text: String {
        (header + ["", "# \(name)", ""] + introduction + sources + making + counts + histograms + hashes)
            .joined(separator: "\n") + "\n"
    }

    /// The kinds of rows, by the names under which they are loaded; the first is the default.
    static let configurations = ["preference", "scored"]

    /// Where rows lie: `data/preference/train.jsonl`.
    static func file(_ configuration: String, _ split: Split) -> String {
        "data/\(configuration)/\(split.rawValue).jsonl"
    }

    private var header: [String] {
        var lines = ["---"] + licence
        lines += [
            "task_categories:", "- text-generation", "tags:", "- preference", "- rewards", "- align-data",
        ]
        lines.append("configs:")
        for configuration in DatasetCard.configurations {
            // Readers fail on an empty file; there is one where a split has nothing but ties.
            let splits = Split.allCases.filter { split in
                files.contains { $0.name == DatasetCard.file(configuration, split) && $0.bytes > 0 }
            }
            if splits.isEmpty { continue }
            lines.append("- config_name: \(configuration)")
            if configuration == DatasetCard.configurations[0] { lines.append("  default: true") }
            lines.append("  data_files:")
            for split in splits {
                lines += [
                    "  - split: \(split.rawValue)", "    path: \(DatasetCard.file(configuration, split))",
                ]
            }
        }
        return lines + ["---"]
    }

    /// What the hub accepts as a licence's name; another text goes beside `other`.
    private var licence: [String] {
        guard let licence = manifest.facts["licence"] else { return ["license: unknown"] }
        let known = ["apache-2.0", "mit", "cc-by-4.0", "cc-by-sa-4.0", "cc0-1.0", "bsd-3-clause", "odc-by"]
        let name = licence.lowercased().replacingOccurrences(of: " ", with: "-")
        if known.contains(name) { return ["license: \(name)"] }
        return ["license: other", "license_name: \(DatasetCard.quoted(licence))"]
    }

    private static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        JSONValue.write(text, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private var introduction: [String] {
        [
            "Prompts with scored completions, in two configurations:", "",
            "- `preference`: a pair a row, with `prompt`, `chosen`, `rejected`, `score_chosen`,",
            "  `score_rejected`. The chosen completion is the one with the higher score; pairs of equal scores",
            "  are left out.",
            "- `scored`: a prompt a row, with `prompt`, `completions`, `scores`.", "",
            "Scores are as training reads them; `raw_score…` is the same before the rules for unfinished",
            "completions and shaping.", "",
            "`finish_reason…` says why a completion ended: `eos` by itself, `length` because its token budget",
            "was spent, `given` for a text that was not drawn. `end_token…` is the id of the token that ended it.",
            "Prompts are rendered, control tokens under their names, and completions continue them as they stand.",
            "",
        ] + extra
    }

    private var extra: [String] {
        if extraColumns.isEmpty { return [] }
        let names = extraColumns.map { "`\($0)`" }.joined(separator: ", ")
        return ["Fields of the source that go with each row: \(names).", ""]
    }

    private var sources: [String] {
        func line(_ what: String, _ fact: String) -> [String] {
            manifest.facts[fact].map { ["- \(what): \($0)"] } ?? []
        }
        let sources =
            line("files", "sources") + line("recipe", "recipe") + line("licence", "licence")
            + line("citation", "citation")
        return ["## Sources", ""] + (sources.isEmpty ? ["Not stated."] : sources) + [""]
    }

    private var making: [String] {
        var lines = ["## How it was made", ""]
        let names = [
            ("policy", "policy that wrote the completions"), ("reference", "reference policy"),
            ("scorer", "scorer"), ("tokenizer", "tokenizer"), ("template", "prompt template"),
        ]
        for (fact, name) in names {
            if let value = manifest.facts[fact] { lines.append("- \(name): `\(value)`") }
        }
        lines += manifest.inputs.map { "- \($0.role): \($0.name), SHA-256 `\($0.sha256)`" }
        return lines + [
            "- stage: `\(manifest.stage)`, version \(manifest.toolVersion), configuration:", "", "```json",
            manifest.configuration, "```", "",
        ]
    }

    private var counts: [String] {
        var lines = [
            "## Counts", "", "| split | prompts | completions | pairs | ties left out |",
            "|---|---|---|---|---|",
        ]
        for split in Split.allCases {
            guard let counted = contents.bySplit[split] else { continue }
            let numbers = [counted.prompts, counted.completions, counted.pairs, counted.ties]
            lines.append("| \(([split.rawValue] + numbers.map(String.init)).joined(separator: " | ")) |")
        }
        lines += [
            "",
            "Of \(manifest.counts.recordsIn) records, \(manifest.counts.recordsOut) are completions in a pair.",
        ]
        let left = manifest.counts.filtered.merging(manifest.counts.rejected, uniquingKeysWith: +)
        if !left.isEmpty {
            let reasons = left.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            lines.append("Left out: \(reasons.joined(separator: ", ")).")
        }
        return lines + [""]
    }

    private var histograms: [String] {
        let all = [
            ("Scores of completions", contents.rewards), ("Score differences of pairs", contents.margins),
            ("Tokens of completions", contents.lengths),
        ]
        return all.flatMap { title, values in
            ["## \(title)", "", "```text"] + Histogram(values).lines + ["```", ""]
        }
    }

    private var hashes: [String] {
        ["## Files", "", "| file | bytes | SHA-256 |", "|---|---|---|"]
            + files.sorted { $0.name < $1.name }.map { "| \($0.name) | \($0.bytes) | `\($0.sha256)` |" }
            + ["", "Exported from the pair set whose `manifest.json` has SHA-256 `\(manifestHash)`."]
    }
}
