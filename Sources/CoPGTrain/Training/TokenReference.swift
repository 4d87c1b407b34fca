import AlignData
import Foundation

/// ln π_ref of every token of every completion of a source, by the completion's id: computed by the policy before
/// its first step, while it is the reference, and kept beside the run's checkpoints. A number a completion token.
struct TokenReference: Codable {
    private let logProbabilities: [String: [Double]]
    /// SHA-256 of `logProbabilities` as canonical JSON.
    private let digest: String

    private init(_ logProbabilities: [String: [Double]]) throws {
        self.logProbabilities = logProbabilities
        digest = ShardFiles.sha256(try Files.json(logProbabilities, pretty: false))
    }

    /// - Parameter progress: told the number of groups that are done; throws to stop.
    init(
        of source: any GroupSource, by model: any TrainableActorCritic, passTokens: Int,
        progress: (Int) throws -> Void
    ) throws {
        var logProbabilities: [String: [Double]] = [:]
        var position = StreamPosition()
        while position.epoch == 0 {
            let batch = try source.batch(at: position, count: min(32, source.groupCount - position.index))
            for part in batch.parts(ofTokens: passTokens) {
                let outputs = try model.tokenOutputs(of: batch.groups[part].map(\.tokenGroup))
                for (group, outputs) in zip(batch.groups[part], outputs) {
                    for (candidate, series) in zip(group.candidates, outputs) {
                        logProbabilities[candidate.id.hex] = series.logProbabilities
                    }
                }
            }
            position = batch.next
            try progress(position.epoch == 0 ? position.index : source.groupCount)
        }
        try self.init(logProbabilities)
    }

    /// What `write` left; nil when there is no such file.
    /// - Throws: `TrainingError.damaged` when it is not what was written.
    static func kept(at path: String) throws -> TokenReference? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let found = try? JSONDecoder().decode(TokenReference.self, from: Files.read(path)),
            try TokenReference(found.logProbabilities).digest == found.digest
        else { throw damaged(path) }
        return found
    }

    static func damaged(_ path: String) -> TrainingError {
        .damaged(file: path, what: "the reference log-probabilities of the tokens are missing or damaged")
    }

    func write(to path: String) throws { try Files.writeJSON(self, to: path) }

    /// - Throws: `TrainingError.configuration` for a completion that the source did not have before.
    func logProbabilities(of candidate: Candidate) throws -> [Double] {
        guard let found = logProbabilities[candidate.id.hex], found.count == candidate.tokens.count else {
            throw TrainingError.configuration("a completion has no reference log-probabilities of its tokens")
        }
        return found
    }
}
