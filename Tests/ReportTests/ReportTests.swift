import Testing

@testable import Report

/// What a person looks at: numbers, tables, axes.
struct ReportTests {
    @Test func aZeroHasNoMinusSign() {
        #expect((-0.0001).fixed(3) == "0.000" && (-0.0001).fixed(3, signed: true) == "+0.000")
        #expect((-0.0006).fixed(3) == "-0.001" && 12.345.fixed(1, signed: true) == "+12.3")
    }

    @Test func ticksAreRoundAndEncloseTheirValues() {
        for low in [-1000.0, -3.3, -0.02, 0, 0.7, 41] {
            for spread in [0, 1e-4, 0.3, 1, 2.5, 77, 1e5] {
                let (ticks, span) = Chart.ticks([low, low + spread])
                #expect(span.0 <= low + 1e-6 && span.1 >= low + spread - 1e-6 && span.0 < span.1)
                #expect((2...8).contains(ticks.count), "\(low) \(spread) \(ticks)")
            }
        }
    }

    @Test func aValueOnATickNeedsNoTickBeyond() {
        #expect(Chart.ticks([0.3, 0.8]).values.count == 6)
        for extremes in [[-1.7e308, 1.7e308], [0, 5e-324], [1e308, 1.1e308]] {
            #expect(Chart.ticks(extremes).values.allSatisfy { $0.isFinite })
        }
        #expect(Chart.ticks([0, 100]).values == [0, 20, 40, 60, 80, 100])
    }

    @Test func aTableIsTheSameInEveryForm() {
        let table = Table(head: ["", "a|b"], rows: [["x", "1"], ["<y>", "12"]])
        #expect(table.plainText == "     a|b\n────────\nx      1\n<y>   12\n────────\n")
        #expect(table.markdown == "|  | a\\|b |\n|---|---:|\n| x | 1 |\n| <y> | 12 |\n")
        #expect(table.html.contains("<th scope=\"row\">&lt;y&gt;</th><td>12</td>"))
        let texts = Table(head: ["n", "v"], rows: [["x", "long"]], hasNumbers: false)
        #expect(texts.plainText == "n  v   \n───────\nx  long\n───────\n")
        #expect(texts.markdown == "| n | v |\n|---|---|\n| x | long |\n")
    }
}
