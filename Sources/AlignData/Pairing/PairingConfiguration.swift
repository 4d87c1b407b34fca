/// How the scored completions of a prompt become pairs. The defaults live here and nowhere else.
public struct PairingConfiguration: Hashable, Sendable, Codable {
    public var strategy: PairingStrategy = .all
    /// Pairs a prompt, for `random`; all of them where there are fewer.
    public var randomPairs: Int = 1
    public var seed: UInt64 = 0

    public init() {}
}
