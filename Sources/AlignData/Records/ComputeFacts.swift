/// What the last digits of computed numbers depend on beside models, data and configuration: the threads of an operation,
/// the instructions that kernels are chosen by, the version of libtorch. Manifests and training records state it under
/// these names. A difference is said and nothing is refused for it.
public enum ComputeFacts {
    public static let threads = "threads"
    public static let instructionSet = "instruction-set"
    public static let torch = "torch"
    /// Before the names, in a set of rewards: there the plain ones are those of the candidates.
    static let scorerPrefix = "scorer-"

    private static let plain = [threads, instructionSet, torch]
    static let scorer = plain.map { scorerPrefix + $0 }
    private static let names = Set(plain + scorer)
    /// Between the values of work that was done in several ways.
    private static let separator = " + "

    /// Facts without these.
    public static func removed(from facts: [String: String]) -> [String: String] {
        facts.filter { !names.contains($0.key) }
    }

    /// The same values under the names of a scorer.
    static func ofScorer(_ facts: [String: String]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: facts.map { (scorerPrefix + $0.key, $0.value) })
    }

    /// What differs among those that both state: "threads 1, now 2; torch 2.12.0, now 2.13.0". Nil where nothing does.
    public static func difference(of found: [String: String], from now: [String: String]) -> String? {
        let parts = names.sorted().compactMap { name -> String? in
            guard let old = found[name], let new = now[name], old != new else { return nil }
            return "\(name) \(old), now \(new)"
        }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// The facts of work that was begun with `found` and goes on with `now`: each value that was used, in order.
    public static func merged(_ found: [String: String], _ now: [String: String]) -> [String: String] {
        var merged = now
        for name in names {
            guard let old = found[name] else { continue }
            let values = old.split(separator: separator).map(String.init)
            merged[name] =
                now[name].map { values.contains($0) ? old : old + separator + $0 } ?? old
        }
        return merged
    }

    /// Said where work goes on that was begun in another way.
    public static func resumeNote(_ difference: String) -> String {
        "the work here was begun with \(difference): numbers may differ in their last digits from those of one run"
    }

    /// Said where work is found done that was done in another way.
    public static func completeNote(_ difference: String) -> String {
        "this was computed with \(difference): numbers of a new run may differ in their last digits"
    }
}
