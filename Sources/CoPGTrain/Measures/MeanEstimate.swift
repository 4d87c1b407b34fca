/// The mean of a sample and how sure one may be of it.
public struct MeanEstimate: Hashable, Sendable, Codable {
    public var count: Int
    /// NaN never: 0 for an empty sample.
    public var mean: Double
    /// With the n − 1 of an unbiased variance; nil below two values, which have none.
    public var standardDeviation: Double?

    public init(_ values: [Double]) {
        count = values.count
        let mean = values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
        self.mean = mean
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        standardDeviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : nil
    }

    /// Of the differences `after` − `before` of the same units, in order.
    public init(paired before: [Double], _ after: [Double]) {
        precondition(before.count == after.count, "a paired difference needs both values of every unit")
        self.init(zip(before, after).map { $1 - $0 })
    }

    /// Of the mean: s/√n; nil below two values.
    public var standardError: Double? { standardDeviation.map { $0 / Double(count).squareRoot() } }
}
