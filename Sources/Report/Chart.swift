import Foundation

/// Points and lines over two axes, as SVG: inside a page, or as a file of its own.
package struct Chart {
    package struct Point {
        package var x: Double
        package var y: Double
        /// Of `y`, to either side: half the length of its error bar; 0 for none.
        package var error: Double

        package init(x: Double, y: Double, error: Double = 0) {
            self.x = x
            self.y = y
            self.error = error
        }
    }

    package struct Series {
        package var name: String
        package var points: [Point]
        package var hasLine: Bool
        /// A dot at every point: for few of them.
        package var hasDots: Bool

        package init(name: String, points: [Point], hasLine: Bool = true, hasDots: Bool = false) {
            self.name = name
            self.points = points
            self.hasLine = hasLine
            self.hasDots = hasDots
        }
    }

    /// How x is laid out. A logarithmic axis leaves out what is not positive.
    package enum Scale { case linear, logarithmic }

    package var title: String
    package var xTitle: String
    package var yTitle: String
    package var xScale: Scale
    /// At most `colours` of them have a colour of their own.
    package var series: [Series]

    private static let colours = 10

    package init(
        title: String, xTitle: String = "", yTitle: String = "", xScale: Scale = .linear, series: [Series]
    ) {
        self.title = title
        self.xTitle = xTitle
        self.yTitle = yTitle
        self.xScale = xScale
        self.series = series
    }

    /// Empty when there are fewer than two points.
    package var figure: String {
        let drawing = element(standalone: false)
        return drawing.isEmpty
            ? "" : "<figure><figcaption>\(HTMLPage.escaped(title))</figcaption>\(drawing)</figure>"
    }

    /// A whole SVG file; empty when there are fewer than two points. Ends with a line feed.
    package var file: String {
        let drawing = element(standalone: true)
        return drawing.isEmpty ? "" : drawing + "\n"
    }

    // MARK: Drawing

    private static let width = 640.0
    private static let height = 280.0
    private static let top = 28.0
    private static let bottom = 44.0
    private static let left = 64.0

    private func element(standalone: Bool) -> String {
        let visible = series.map { series in
            var series = series
            if xScale == .logarithmic { series.points.removeAll { $0.x <= 0 } }
            return series
        }
        let points = visible.flatMap(\.points)
        guard points.count > 1 else { return "" }
        let frame = Frame(points, xScale: xScale, right: series.count > 1 ? 132 : 16)
        var parts = axes(frame)
        for (index, series) in visible.enumerated() {
            parts.append("<g class=\"s\(index % Chart.colours)\">")
            parts += drawing(of: series, in: frame)
            if visible.count > 1 { parts.append(legend(series.name, at: index)) }
            parts.append("</g>")
        }
        let box = "0 0 \(Chart.width.fixed(0)) \(Chart.height.fixed(0))"
        var head = "<svg viewBox=\"\(box)\" role=\"img\" aria-label=\"\(HTMLPage.escaped(title))\""
        if standalone {
            head += " xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\">"
            head += "<style>\(Chart.palette)\(Chart.style)</style><title>\(HTMLPage.escaped(title))</title>"
            head += "<rect class=\"back\" width=\"100%\" height=\"100%\"/>"
        } else {
            head += " class=\"chart\">"
        }
        return head + parts.joined() + "</svg>"
    }

    private func axes(_ frame: Frame) -> [String] {
        var parts: [String] = []
        for tick in frame.yTicks {
            let y = frame.y(tick)
            parts.append(
                "<line class=\"grid\" x1=\"\(Chart.left.fixed(1))\" y1=\"\(y)\" x2=\"\(frame.end.fixed(1))\" "
                    + "y2=\"\(y)\"/>")
            parts.append(
                "<text class=\"y\" x=\"\((Chart.left - 8).fixed(1))\" y=\"\(y)\">\(tick.significant(5))</text>"
            )
        }
        let base = Chart.height - Chart.bottom
        for tick in frame.xTicks {
            parts.append(
                "<text class=\"x\" x=\"\(frame.x(tick))\" y=\"\((base + 16).fixed(1))\">\(tick.significant(5))</text>"
            )
        }
        if !xTitle.isEmpty {
            let middle = ((Chart.left + frame.end) / 2).fixed(1)
            parts.append(
                "<text class=\"x\" x=\"\(middle)\" y=\"\((base + 34).fixed(1))\">\(HTMLPage.escaped(xTitle))</text>"
            )
        }
        if !yTitle.isEmpty { parts.append("<text x=\"8\" y=\"14\">\(HTMLPage.escaped(yTitle))</text>") }
        return parts
    }

    /// Errors as a band around many points and as bars through few.
    private func drawing(of series: Series, in frame: Frame) -> [String] {
        var parts: [String] = []
        let hasErrors = series.points.contains { $0.error > 0 }
        if hasErrors, series.points.count > 20 {
            let above = series.points.map { "\(frame.x($0.x)),\(frame.y($0.y + $0.error))" }
            let below = series.points.reversed().map { "\(frame.x($0.x)),\(frame.y($0.y - $0.error))" }
            parts.append("<polygon points=\"\((above + below).joined(separator: " "))\"/>")
        } else {
            for point in series.points where point.error > 0 {
                let x = frame.x(point.x)
                parts.append(
                    "<line x1=\"\(x)\" y1=\"\(frame.y(point.y - point.error))\" x2=\"\(x)\" "
                        + "y2=\"\(frame.y(point.y + point.error))\"/>")
            }
        }
        if series.hasLine, series.points.count > 1 {
            let path = series.points.map { "\(frame.x($0.x)),\(frame.y($0.y))" }
            parts.append("<polyline points=\"\(path.joined(separator: " "))\"/>")
        }
        if series.hasDots {
            for point in series.points {
                let hover = "\(series.name) \(point.x.significant(5)): \(point.y.significant(5))"
                parts.append(
                    "<circle cx=\"\(frame.x(point.x))\" cy=\"\(frame.y(point.y))\" r=\"3\">"
                        + "<title>\(HTMLPage.escaped(hover))</title></circle>")
            }
        }
        return parts
    }

    private func legend(_ name: String, at index: Int) -> String {
        let x = Chart.width - 120
        let y = Chart.top + 6 + Double(index) * 18
        return "<circle cx=\"\(x.fixed(1))\" cy=\"\(y.fixed(1))\" r=\"4\"/>"
            + "<text x=\"\((x + 10).fixed(1))\" y=\"\((y + 4).fixed(1))\">\(HTMLPage.escaped(name))</text>"
    }

    // MARK: Layout

    /// Where values lie in the picture.
    private struct Frame {
        let end: Double
        let xTicks: [Double]
        let yTicks: [Double]
        private let xScale: Scale
        private let xSpan: (low: Double, high: Double)
        private let ySpan: (low: Double, high: Double)

        init(_ points: [Point], xScale: Scale, right: Double) {
            end = Chart.width - right
            self.xScale = xScale
            let ys = Chart.ticks(points.flatMap { [$0.y - $0.error, $0.y + $0.error] })
            yTicks = ys.values
            ySpan = ys.span
            let xs = points.map(\.x)
            var (low, high) = (xs.min() ?? 0, xs.max() ?? 1)
            switch xScale {
            case .linear:
                if low == high { (low, high) = (low - 1, high + 1) }
                xTicks = Chart.ticks(xs).values.filter { low <= $0 && $0 <= high }
            case .logarithmic:
                (low, high) = (low / 1.2, high * 1.2)
                let powers = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
                xTicks = powers.flatMap { power in [1, 3].map { $0 * pow(10, Double(power)) } }
                    .filter { low <= $0 && $0 <= high }
            }
            xSpan = (low, high)
        }

        func x(_ value: Double) -> String {
            let share =
                switch xScale {
                case .linear: (value - xSpan.low) / (xSpan.high - xSpan.low)
                case .logarithmic: log(value / xSpan.low) / log(xSpan.high / xSpan.low)
                }
            return (Chart.left + share * (end - Chart.left)).fixed(1)
        }

        func y(_ value: Double) -> String {
            let share = (ySpan.high - value) / (ySpan.high - ySpan.low)
            return (Chart.top + share * (Chart.height - Chart.top - Chart.bottom)).fixed(1)
        }
    }

    /// Three to seven round values (1, 2 or 5 times a power of ten apart) that enclose `values`.
    static func ticks(_ values: [Double]) -> (values: [Double], span: (Double, Double)) {
        // So far away from the largest and the smallest numbers that nothing overflows.
        let low = max(values.min() ?? 0, -1e300)
        let high = min(max(values.max() ?? 1, low), 1e300)
        let spread = max(high > low ? high - low : max(abs(low), 1), 1e-300)
        let power = pow(10, (log10(spread / 4)).rounded(.down))
        let distance = power * ([1, 2, 5].first { spread / ($0 * power) <= 5 } ?? 10)
        // Give or take rounding, so that a value on a tick is enclosed by that tick.
        let first = (low / distance + 1e-9).rounded(.down)
        let last = max((high / distance - 1e-9).rounded(.up), first + 1)
        let ticks = (0...Int(last - first)).map { (first + Double($0)) * distance }
        return (ticks, (ticks[0], ticks[ticks.count - 1]))
    }

    // MARK: Colours

    /// Of a page and of a file alike; follows the reader's light or dark scheme.
    static let palette = """
        :root { color-scheme: light dark; --text: #1c1c1e; --soft: #6b6b70; --line: #d8d8dc; --back: #ffffff; }
        @media (prefers-color-scheme: dark) {
          :root { --text: #e8e8ea; --soft: #9a9aa0; --line: #3a3a3e; --back: #18181a; }
        }

        """

    /// The colours are of equal lightness, readable on white and on black.
    static let style = """
        .chart { width: 100%; height: auto; font: 12px system-ui, sans-serif; } .chart .back { fill: var(--back); }
        .chart text { fill: var(--soft); stroke: none; }
        .chart .y { text-anchor: end; dominant-baseline: middle; } .chart .x { text-anchor: middle; }
        .chart line { stroke: currentColor; } .chart .grid { stroke: var(--line); }
        .chart polyline { fill: none; stroke: currentColor; stroke-width: 1.5; }
        .chart circle { fill: currentColor; } .chart polygon { fill: currentColor; opacity: .15; }
        .s0 { color: #3b7cc4; } .s1 { color: #d0602f; } .s2 { color: #2f9a5f; } .s3 { color: #a35bc0; }
        .s4 { color: #b58a1c; } .s5 { color: #c94f7c; } .s6 { color: #2a9aa5; } .s7 { color: #7d7d86; }
        .s8 { color: #7a8f2e; } .s9 { color: #8a6a55; }

        """
}
