import Foundation

/// A line through points as an SVG element that takes its colours from the page.
struct LineChart {
    var title: String
    var points: [(x: Double, y: Double)]
    /// Draws a dot at every point: for few of them.
    var showsPoints = false

    private static let width = 640.0
    private static let height = 240.0
    private static let margin = (left: 64.0, right: 16.0, top: 12.0, bottom: 32.0)

    /// Empty when there are fewer than two points.
    var svg: String {
        guard points.count > 1 else { return "" }
        let (left, right) = range(points.map(\.x))
        let (low, high) = LineChart.ticks(points.map(\.y)).span
        let plotWidth = LineChart.width - LineChart.margin.left - LineChart.margin.right
        let plotHeight = LineChart.height - LineChart.margin.top - LineChart.margin.bottom
        func place(_ point: (x: Double, y: Double)) -> (x: String, y: String) {
            let x = LineChart.margin.left + (point.x - left) / (right - left) * plotWidth
            let y = LineChart.margin.top + (high - point.y) / (high - low) * plotHeight
            return (fixed(x, 1), fixed(y, 1))
        }
        var parts: [String] = []
        for tick in LineChart.ticks(points.map(\.y)).values {
            let (x, y) = place((left, tick))
            let end = place((right, tick)).x
            parts.append("<line class=\"grid\" x1=\"\(x)\" y1=\"\(y)\" x2=\"\(end)\" y2=\"\(y)\"/>")
            parts.append("<text class=\"y\" x=\"\(fixed(LineChart.margin.left - 8, 1))\" y=\"\(y)\">\(short(tick))</text>")
        }
        for tick in LineChart.ticks(points.map(\.x)).values where tick >= left && tick <= right {
            let x = place((tick, low)).x
            parts.append("<text class=\"x\" x=\"\(x)\" y=\"\(fixed(LineChart.height - 10, 1))\">\(short(tick))</text>")
        }
        let path = points.map { point in
            let (x, y) = place(point)
            return "\(x),\(y)"
        }
        parts.append("<polyline points=\"\(path.joined(separator: " "))\"/>")
        if showsPoints {
            for point in points {
                let (x, y) = place(point)
                parts.append(
                    "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"3\"><title>step \(short(point.x)): \(short(point.y))</title></circle>")
            }
        }
        let size = "0 0 \(fixed(LineChart.width, 0)) \(fixed(LineChart.height, 0))"
        return "<figure><figcaption>\(escaped(title))</figcaption>"
            + "<svg viewBox=\"\(size)\" role=\"img\" aria-label=\"\(escaped(title))\">\(parts.joined())</svg></figure>"
    }

    private func range(_ values: [Double]) -> (Double, Double) {
        let (low, high) = (values.min() ?? 0, values.max() ?? 1)
        return low < high ? (low, high) : (low - 1, high + 1)
    }

    /// Three to seven round values (1, 2 or 5 times a power of ten apart) that enclose `values`.
    static func ticks(_ values: [Double]) -> (values: [Double], span: (Double, Double)) {
        let low = values.min() ?? 0
        let high = max(values.max() ?? 1, low)
        let spread = high > low ? high - low : max(abs(low), 1)
        let power = pow(10, (log10(spread / 4)).rounded(.down))
        let distance = power * ([1, 2, 5].first { spread / ($0 * power) <= 5 } ?? 10)
        let first = (low / distance).rounded(.down)
        let last = max((high / distance).rounded(.up), first + 1)
        let ticks = (0...Int(last - first)).map { (first + Double($0)) * distance }
        return (ticks, (ticks[0], ticks[ticks.count - 1]))
    }

    private func short(_ value: Double) -> String { String(format: "%.5g", value == 0 ? 0 : value) }
}

/// For the text of an HTML element or a quoted attribute.
func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
        switch character {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "'": result += "&#39;"
        default: result.unicodeScalars.append(character)
        }
    }
    return result
}
