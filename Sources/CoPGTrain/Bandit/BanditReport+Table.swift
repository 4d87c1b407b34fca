import AlignData
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
                method.method.rawValue, fixed(method.regret[last], 5),
                method.regretSpread.last.map { fixed($0, 5) } ?? "–",
                policy(method.finalPolicy), method.fixedPoint.map(policy) ?? "–",
                method.fixedPointRegret.map { fixed($0, 5) } ?? "–",
            ]
        }
        let facts = """
            optimum \(policy(optimalPolicy)), J* \(fixed(optimalValue, 5)); \
            reference J \(fixed(referenceValue, 5)); \
            \(configuration.runs) \(configuration.runs == 1 ? "run" : "runs") of \(configuration.epochs) epochs
            """
        return textTable([header] + rows) + facts + "\n"
    }

    /// Regret against epochs with its spread over the runs, as figure 1 of the paper: an SVG file.
    public var picture: String {
        Chart(
            title: "Regret of the toy bandit", xTitle: "epoch", yTitle: "regret J(π*) − J(π)",
            series: methods.map { method in
                Chart.Series(
                    name: method.method.rawValue,
                    points: method.regret.enumerated().map { epoch, regret in
                        Chart.Point(
                            x: Double(epoch), y: regret,
                            error: method.regretSpread.isEmpty ? 0 : method.regretSpread[epoch])
                    })
            }
        ).file
    }

    /// Writes `picture` to a file.
    /// - Throws: `FileError`.
    public func writePicture(to path: String) throws {
        try Files.replace(path, with: Data(picture.utf8))
    }
}
