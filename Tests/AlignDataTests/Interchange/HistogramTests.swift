import Testing

@testable import AlignData

@Suite struct HistogramTests {
    @Test func everyValueIsInABinHoweverLargeOrSmall() {
        for values in [[-1.7e308, 0, 1.7e308], [0, 5e-324], [-0.0, 0], [1, 2, 3, 3], [7]] {
            let bins = Histogram(values).bins
            #expect(bins.reduce(0) { $0 + $1.count } == values.count)
            #expect(bins.first?.lower == values.min() && bins.last?.upper == values.max())
        }
        #expect(Histogram([-1.7e308, 1.7e308]).bins.map(\.count) == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1])
        #expect(Histogram([0, 1, 2, 9, 10]).bins.map(\.count) == [1, 1, 1, 0, 0, 0, 0, 0, 0, 2])
    }
}
