public import AlignData

/// Groups laid out for one shared-prefix pass: every prompt's tokens once, followed by its completions.
///
/// A policy never needs the hidden state of a completion's last token (nothing comes after it), a reward model needs
/// exactly that one; `keepsLastToken` says which.
struct PackedGroups {
    /// Token ids [N].
    var tokens: [Int64] = []
    /// The position of each token in its own sequence [N]: completions go on where their prompt ends.
    var positions: [Int64] = []
    var lengths: [GroupLengths] = []
    /// For each completion token in order: the row whose hidden state predicts it [ΣC].
    var predictingRows: [Int64] = []
    /// The completion tokens themselves [ΣC].
    var targets: [Int64] = []
    /// For each completion in order: the row of its last token, when that is kept.
    var lastRows: [Int64] = []
    /// Tokens of each completion, by group.
    var completionLengths: [[Int]] = []

    /// - Throws: `EmptySequence`.
    init(_ groups: [TokenGroup], keepsLastToken: Bool) throws {
        for group in groups {
            guard !group.prompt.isEmpty else { throw EmptySequence(what: "prompt") }
            let start = tokens.count
            tokens.append(contentsOf: group.prompt.lazy.map(Int64.init))
            positions.append(contentsOf: (0..<group.prompt.count).lazy.map(Int64.init))
            var kept: [Int] = []
            for completion in group.completions {
                guard !completion.isEmpty else { throw EmptySequence(what: "completion") }
                let first = tokens.count
                let used = keepsLastToken ? completion.count : completion.count - 1
                tokens.append(contentsOf: completion.prefix(used).lazy.map(Int64.init))
                positions.append(contentsOf: (0..<used).lazy.map { Int64(group.prompt.count + $0) })
                predictingRows.append(Int64(start + group.prompt.count - 1))
                predictingRows.append(contentsOf: (0..<completion.count - 1).lazy.map { Int64(first + $0) })
                targets.append(contentsOf: completion.lazy.map(Int64.init))
                if keepsLastToken { lastRows.append(Int64(first + used - 1)) }
                kept.append(used)
            }
            lengths.append(GroupLengths(prompt: group.prompt.count, completions: kept))
            completionLengths.append(group.completions.map(\.count))
        }
    }

    /// Cuts one number a completion token by group and completion.
    func byToken(_ values: [Float]) -> [[[Double]]] {
        var next = 0
        return completionLengths.map { group in
            group.map { count in
                defer { next += count }
                return values[next..<next + count].map(Double.init)
            }
        }
    }

    /// Sums one number a completion token to one a completion.
    func summed(_ values: [Float]) -> [[Double]] {
        byToken(values).map { $0.map { $0.reduce(0, +) } }
    }

    /// Repeats one number a completion for each of its tokens.
    func spread(_ values: [[Double]]) -> [Float] {
        zip(completionLengths, values).flatMap { lengths, values in
            zip(lengths, values).flatMap { Array(repeating: Float($1), count: $0) }
        }
    }

    /// Cuts `groups` into runs of at most `budget` tokens, in order; a group larger than that stands alone.
    static func runs(_ groups: [TokenGroup], budget: Int) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        var used = 0
        for (index, group) in groups.enumerated() {
            let size = group.completions.reduce(group.prompt.count) { $0 + $1.count }
            if index > start, used + size > budget {
                runs.append(start..<index)
                (start, used) = (index, 0)
            }
            used += size
        }
        if start < groups.count { runs.append(start..<groups.count) }
        return runs
    }
}

/// A prompt or completion without tokens: there is nothing to compute.
public struct EmptySequence: DescribedError {
    let what: String

    public var category: FailureCategory { .badData }
    public var summary: String { "the data hold a \(what) without tokens" }
    public var hint: String? {
        "the tokenizer has no token for its text: look at what the recipe takes as the document and as completions"
    }
}
