import Foundation

/// What a folder is being filled with: `plan.json`, there from the first moment until the manifest replaces it.
struct ShardPlan: Codable, Equatable {
    var formatVersion = Manifest.currentFormatVersion
    var kind: ShardKind
    var stage: String
    var toolVersion: String
    var seed: UInt64
    var configuration: String
    var configurationHash: String
    var facts: [String: String]
    var inputs: [Manifest.Input]

    private func configurationDifference(from other: ShardPlan) -> String {
        let list = try? RunDifference.list(Data(configuration.utf8), Data(other.configuration.utf8))
        return list ?? "another configuration"
    }

    /// The manifest of a finished set of this plan.
    func manifest(counts: StageCounts, shards: [Manifest.Shard]) -> Manifest {
        Manifest(
            kind: kind, stage: stage, toolVersion: toolVersion, seed: seed, configuration: configuration,
            configurationHash: configurationHash, facts: facts, inputs: inputs, counts: counts, shards: shards
        )
    }

    /// The first thing in which two plans differ, in words; `nil` when one may go on with the other's work.
    /// - Parameter verb: what was done by this plan: "begun" or "made".
    func difference(from other: ShardPlan, verb: String) -> String? {
        if kind != other.kind {
            return "it is being filled with \(kind.rawValue), not \(other.kind.rawValue)"
        }
        if stage != other.stage { return "it was \(verb) by the stage \(stage)" }
        if formatVersion != other.formatVersion { return "it has format version \(formatVersion)" }
        if configurationHash != other.configurationHash {
            return "it was \(verb) with \(configurationDifference(from: other))"
        }
        if seed != other.seed { return "it was \(verb) with seed \(seed), not \(other.seed)" }
        if inputs != other.inputs { return "it was \(verb) with other inputs" }
        let (own, others) = (ComputeFacts.removed(from: facts), ComputeFacts.removed(from: other.facts))
        if own != others {
            let names = Set(own.keys).union(others.keys).sorted().filter { own[$0] != others[$0] }
            return "it was \(verb) with another \(names.joined(separator: ", "))"
        }
        return nil
    }
}

extension ShardPlan {
    /// - Parameters:
    ///   - configuration: everything that decides the rows, defaults resolved.
    ///   - facts: names and hashes that later stages compare; part of what must be equal to go on, but for
    ///     `ComputeFacts`, of which a difference is noted.
    ///   - inputs: what the rows are made from.
    init(
        kind: ShardKind, stage: String, configuration: some Encodable, seed: UInt64, facts: [String: String],
        inputs: [Manifest.Input]
    ) throws {
        let text = try JSONText.string(configuration)
        self.init(
            kind: kind, stage: stage, toolVersion: alignDataVersion, seed: seed, configuration: text,
            configurationHash: FileHash.sha256(Data(text.utf8)), facts: facts, inputs: inputs)
    }

    init(_ manifest: Manifest) {
        self.init(
            formatVersion: manifest.formatVersion, kind: manifest.kind, stage: manifest.stage,
            toolVersion: manifest.toolVersion, seed: manifest.seed, configuration: manifest.configuration,
            configurationHash: manifest.configurationHash, facts: manifest.facts, inputs: manifest.inputs)
    }
}
