import AlignData
import Foundation

/// ln π_ref of every token of every completion of a source, by the completion's id: computed by the policy before its
/// first step, while it is the reference, and kept in a file beside the run's checkpoints.
struct TokenReference {
    private let table: TokenNumberTable

    /// - Parameters:
    ///   - path: of the file; nil for memory.
    ///   - progress: told the number of groups that are done; throws to stop.
    init(
        of source: any GroupSource, by model: any TrainableActorCritic, passTokens: Int, at path: String?,
        progress: (Int) throws -> Void
    ) throws {
        table = try TokenNumberTable.make(at: path) { add in
            var position = StreamPosition()
            while position.epoch == 0 {
                let batch = try source.batch(
                    at: position, count: min(32, source.groupCount - position.index))
                for part in batch.parts(ofTokens: passTokens) {
                    let outputs = try model.tokenOutputs(of: batch.groups[part].map(\.tokenGroup))
                    for (group, outputs) in zip(batch.groups[part], outputs) {
                        for (candidate, series) in zip(group.candidates, outputs) {
                            try add(candidate.id, series.logProbabilities)
                        }
                    }
                }
                position = batch.next
                try progress(position.epoch == 0 ? position.index : source.groupCount)
            }
        }
    }

    /// What an earlier call of the run left; nil when it is not there, or not what was left.
    init?(keptAt path: String) throws {
        guard let table = try TokenNumberTable.kept(at: path) else { return nil }
        self.table = table
    }

    static func damaged(_ path: String) -> TrainingError {
        .damaged(file: path, what: "the reference log-probabilities of the tokens are missing or damaged")
    }

    /// - Throws: `TrainingError.configuration` for a completion that the source did not have before.
    func logProbabilities(of candidate: Candidate) throws -> [Double] {
        guard let found = try table.numbers(of: candidate.id), found.count == candidate.tokens.count else {
            throw TrainingError.configuration("a completion has no reference log-probabilities of its tokens")
        }
        return found
    }
}
