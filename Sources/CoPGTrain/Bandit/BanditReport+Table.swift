import Foundation

extension BanditReport {
    /// The methods by regret, with the closed forms beside; ends with a line feed.
    public var plainText: String {
        func policy(_ probabilities: [Double]) -> String {
            "(" + probabilities.map { fixed($0, 4) }.joined(separator: ", ") + ")"
        }
        let header = ["method", "regret", "± over runs", "final policy", "fixed point", "its regret"]
        let rows = methods.map { method in
            let last = method.regret.count - 1
            return [
                method.method.rawValue, fixed(method.regret[last], 5), fixed(method.regretSpread[last], 5),
                policy(method.finalPolicy), policy(method.fixedPoint), fixed(method.fixedPointRegret, 5),
            ]
        }
        let facts = """
            optimum \(policy(optimalPolicy)), J* \(fixed(optimalValue, 5)); \
            reference J \(fixed(referenceValue, 5)); \
            \(configuration.runs) runs of \(configuration.epochs) epochs
            """
        return textTable([header] + rows) + facts + "\n"
    }

    /// Sorted keys, indented; ends with a line feed.
    public func json() throws -> String {
        String(decoding: try Files.json(self, pretty: true), as: UTF8.self) + "\n"
    }
}
