/// What the toy experiment found, beside what is known in closed form.
public struct BanditReport: Hashable, Sendable, Codable {
    public struct Method: Hashable, Sendable, Codable {
        public var method: BanditMethod
        /// J(π*) − J(π) after each epoch, the first before training: the mean over the runs.
        public var regret: [Double]
        /// Its standard deviation over the runs; empty for a single one.
        public var regretSpread: [Double]
        /// Mean over the runs.
        public var finalPolicy: [Double]
        /// Where the method goes with endless data; nil where its expected gradient is not smooth.
        public var fixedPoint: [Double]?
        public var fixedPointRegret: Double?
    }

    public var configuration: BanditConfiguration
    /// π*.
    public var optimalPolicy: [Double]
    /// J*.
    public var optimalValue: Double
    /// J(π_ref).
    public var referenceValue: Double
    public var methods: [Method]
}
