import Foundation
import Testing

@Suite struct BanditTests {
    private struct Report: Decodable {
        struct Method: Decodable {
            var method: String
            var regret: [Double]
            var fixedPointRegret: Double
        }

        var optimalValue: Double
        var methods: [Method]
    }

    @Test func theReportHoldsOneRegretAnEpochAndTheFixedPoint() throws {
        let result = try Tool.run(
            "bandit", "--runs", "1", "--epochs", "2", "--methods", "copg", "--json", "--quiet")
        #expect(result.exitCode == 0)
        #expect(result.error == "")
        let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
        #expect(abs(report.optimalValue - 2.12520) < 1e-5)
        #expect(report.methods.map(\.method) == ["copg"])
        #expect(report.methods[0].regret.count == 3)
        #expect(report.methods[0].regret[0] > report.methods[0].regret[2])
        #expect(abs(report.methods[0].fixedPointRegret) < 1e-9)
    }
}
