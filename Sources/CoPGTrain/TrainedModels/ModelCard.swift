import AlignData
import Foundation
import Report

/// The `README.md` of a saved model: what it is, and what it was made from, by hash.
struct ModelCard {
    let record: TrainingRecord
    /// The saved files are an adapter of the model that training started from, not a model of their own.
    var isAdapter = false

    static let file = "README.md"

    var markdown: String {
        """
        ---
        library_name: \(isAdapter ? "peft" : "transformers")
        pipeline_tag: \(isPolicy ? "text-generation" : "text-classification")
        tags:
        - align-data
        - \(record.configuration.objective.name)
        ---

        # \(isPolicy ? "Policy" : "Reward model") trained with \(objective)

        Made by align-data \(record.toolVersion) from the model with the hash
        `\(record.startedFrom)`\(isAdapter ? ", whose LoRA adapter it is" : "").

        ## Data

        \(data)
        ## Training

        \(ModelCard.facts(training))
        `training.json` has the whole configuration, and the hash of every file.
        \(measurements)
        """
    }

    private var data: String {
        Table(
            head: ["role", "name", "SHA-256 of its manifest or bytes"],
            rows: record.data.map { [$0.role, $0.name, "`\($0.sha256)`"] }, hasNumbers: false
        ).markdown
    }

    /// A table without a head.
    private static func facts(_ facts: [(String, String)]) -> String {
        Table(head: ["", ""], rows: facts.map { [$0, $1] }, hasNumbers: false).markdown
    }

    private var isPolicy: Bool { record.kind == TrainingRecord.policy }

    private var objective: String {
        record.configuration.objective.name == "copg"
            ? "Contrastive Policy Gradient ([arXiv 2406.19185](https://arxiv.org/abs/2406.19185))"
            : "`\(record.configuration.objective.name)`"
    }

    private var training: [(String, String)] {
        let objective = record.configuration.objective
        let configuration = record.configuration.trainer
        var rows = [("objective", objective.loss ?? objective.name)]
        rows += [
            ("steps", "\(record.steps) of \(configuration.groupsPerStep) prompts"),
            ("tokens computed", "\(record.tokens)"),
            ("learning rate", "\(configuration.learningRate), \(configuration.schedule.rawValue)"),
            ("seed", "\(configuration.seed)"),
            ("ended", record.end.rawValue),
            ("weights", weights),
        ]
        if let counts = record.counts {
            rows.append(
                (
                    "records",
                    "\(counts.recordsOut) of \(counts.recordsIn), \(counts.filteredTotal) left out by rule, "
                        + "\(counts.rejectedTotal) rejected"
                ))
        }
        return rows + record.facts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private var weights: String {
        guard record.configuration.trainer.saves == .best, let best = record.best, best.step > 0 else {
            return "the last"
        }
        return "those of step \(best.step), which validation found best"
    }

    /// What the newest validation found.
    private var measurements: String {
        let prefix = StepMetrics.Name.validationPrefix
        let found = (record.lastMetrics?.values ?? [:]).filter { $0.key.hasPrefix(prefix) }
        guard !found.isEmpty else { return "" }
        let rows = found.sorted { $0.key < $1.key }.map {
            (String($0.key.dropFirst(prefix.count)), $0.value.significant(4))
        }
        return "\n## Validation\n\n" + ModelCard.facts(rows)
    }

    func write(to folder: String) throws {
        try Files.replace(folder + "/" + ModelCard.file, with: Data(markdown.utf8))
    }
}
