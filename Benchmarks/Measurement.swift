import Foundation

enum Measurement {
    /// Wall-clock seconds of one call.
    static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try body()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    /// The median of `repeats` calls, after one that warms up.
    static func medianSeconds(repeats: Int, _ body: () throws -> Void) rethrows -> Double {
        try body()
        var times: [Double] = []
        for _ in 0..<repeats { times.append(try seconds(body)) }
        return median(times)
    }

    /// The upper one of the middle two when their number is even.
    static func median(_ values: [Double]) -> Double {
        precondition(!values.isEmpty, "a median of something")
        return values.sorted()[values.count / 2]
    }

    static func report(_ name: String, _ value: Double, _ unit: String) {
        print("\(name)\t\(String(format: "%.4g", value))\t\(unit)")
    }

    /// The most memory that this process has held, in GB (10⁹ bytes).
    static var peakGigabytes: Double {
        var usage = rusage()
        #if os(macOS)
            getrusage(RUSAGE_SELF, &usage)
            return Double(usage.ru_maxrss) / 1e9
        #else
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return Double(usage.ru_maxrss) * 1024 / 1e9
        #endif
    }
}
