/// Where in a stream the next group is.
public struct StreamPosition: Hashable, Sendable, Codable {
    /// Whole passes made.
    public var epoch: Int
    /// Groups taken of this pass.
    public var index: Int

    public init(epoch: Int = 0, index: Int = 0) {
        self.epoch = epoch
        self.index = index
    }
}
