/// Where a stream stands: all that a checkpoint needs to go on.
public struct StreamPosition: Hashable, Sendable, Codable {
    /// 0-based pass over the data.
    public var epoch: Int
    /// Groups of this epoch already taken; always less than the number of groups.
    public var index: Int

    public init(epoch: Int = 0, index: Int = 0) {
        self.epoch = epoch
        self.index = index
    }
}
