import AlignData
import Foundation
import Report

extension BanditReport {
    /// The methods by regret, with the closed forms beside; ends with a line feed.
    public var plainText: String {
        func policy(_ probabilities: [Double]) -> String {
            "(" + probabilities.map { $0.fixed(4) }.joined(separator: ", ") + ")"
        }
        let head = ["method", "regret", "± over runs", "final policy", "fixed point", "its regret"]
        let rows = methods.map { method in
            let last = method.regret.count - 1
            return [
                method.method.rawValue, method.regret[last].fixed(5),
                method.regretSpread.last.map { $0.fixed(5) } ?? "–",
                policy(method.finalPolicy), method.fixedPoint.map(policy) ?? "–",
                method.fixedPointRegret.map { $0.fixed(5) } ?? "–",
            ]
        }
        let facts = """
            optimum \(policy(optimalPolicy)), J* \(optimalValue.fixed(5)); \
            reference J \(referenceValue.fixed(5)); \
            \(configuration.runs) \(configuration.runs == 1 ? "run" : "runs") of \(configuration.epochs) epochs
            """
        return Table(head: head, rows: rows).plainText + facts + "\n"
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
