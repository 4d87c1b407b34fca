import Foundation

// How numbers are written for a person. Files that programs read hold JSON numbers instead.
extension Double {
    /// With so many digits after the point; a minus sign only where a digit is not 0.
    package func fixed(_ digits: Int, signed: Bool = false) -> String {
        let text = String(format: signed ? "%+.\(digits)f" : "%.\(digits)f", self)
        let isZero = text.allSatisfy { "+-0.".contains($0) }
        return isZero ? text.replacingOccurrences(of: "-", with: signed ? "+" : "") : text
    }

    /// With at most so many significant digits, without zeros at the end: `0.06`, `1e-06`.
    package func significant(_ digits: Int) -> String { String(format: "%.\(digits)g", self) }

    /// A mean and its standard error: `1.500 ± 0.250`; the mean alone where it has no error.
    package func withError(_ error: Double?, digits: Int, signed: Bool = false) -> String {
        fixed(digits, signed: signed) + (error.map { " ± " + $0.fixed(digits) } ?? "")
    }

    /// Things a second, with about three digits: `0.37`, `4.2`, `128`.
    package var rate: String {
        if self >= 100 { return "\(Int(rounded()))" }
        let scale: Double = self >= 10 ? 10 : 100
        return "\((self * scale).rounded() / scale)"
    }

    /// Seconds as `0.4 s`, `12 s`, `3 min 20 s`, `1 h 05 min`.
    package var duration: String {
        if self < 10 { return "\((self * 10).rounded() / 10) s" }
        let whole = Int(rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        let minutes = whole % 3600 / 60
        return "\(whole / 3600) h \(minutes < 10 ? "0" : "")\(minutes) min"
    }
}
