import Foundation

/// Counts of values in bins of equal width between the smallest and the largest.
struct Histogram {
    /// Lower and upper bound of each bin; the last one includes its upper bound.
    private(set) var bins: [(lower: Double, upper: Double, count: Int)] = []

    /// - Parameter values: finite. Where all are equal there is one bin.
    init(_ values: [Double], bins count: Int = 10) {
        guard let lowest = values.min(), let highest = values.max() else { return }
        guard highest > lowest else {
            bins = [(lowest, highest, values.count)]
            return
        }
        let width = highest / Double(count) - lowest / Double(count)
        bins = (0..<count).map { bin in
            (lowest + width * Double(bin), bin == count - 1 ? highest : lowest + width * Double(bin + 1), 0)
        }
        for value in values {
            var place = (value - lowest) / width
            if !place.isFinite {
                // The distance overflows, or between the smallest numbers no width is left.
                place = width > 0 ? (value / 2 - lowest / 2) / width * 2 : 0
            }
            bins[Int(min(max(place, 0), Double(count - 1)))].count += 1
        }
    }

    /// One line a bin, with a bar of at most 40 blocks.
    var lines: [String] {
        let most = bins.map(\.count).max() ?? 1
        return bins.map { bin in
            let bar = String(repeating: "█", count: (bin.count * 40 + most - 1) / max(most, 1))
            let range = String(format: "%10.3f … %10.3f", bin.lower, bin.upper)
            return "\(range) \(bar) \(bin.count)"
        }
    }
}
