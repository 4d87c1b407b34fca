/// A day, as chat templates print it (`strftime_now`): the same for everybody who says the same.
public struct CalendarDate: Hashable, Sendable {
    public let year: Int
    public let month: Int
    public let day: Int

    /// - Parameter text: `2026-07-31`. Nil for what is no day.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let isDigits = parts.allSatisfy { part in part.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        guard isDigits, parts.map(\.utf8.count) == [4, 2, 2], let year = Int(parts[0]),
            let month = Int(parts[1]),
            let day = Int(parts[2]), year > 0, (1...12).contains(month),
            (1...Self.days(of: month, in: year)).contains(day)
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// `2026-07-31`
    public var text: String { formatted("%F") ?? "" }

    private static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    private static func days(of month: Int, in year: Int) -> Int {
        [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    private var dayOfYear: Int {
        (1..<month).reduce(day) { $0 + Self.days(of: $1, in: year) }
    }

    /// 0 for Monday.
    private var weekday: Int {
        let before = year - 1
        return (before * 365 + before / 4 - before / 100 + before / 400 + dayOfYear - 1) % 7
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ]
    private static let weekdays = [
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
    ]

    /// As Python's `strftime` has it in English, at midnight; nil for a directive that is not known.
    func formatted(_ format: String) -> String? {
        func digits(_ value: Int, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
        }
        var result = ""
        var scalars = format.unicodeScalars[...]
        while let scalar = scalars.popFirst() {
            guard scalar == "%" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            var directive = scalars.popFirst()
            let isBare = directive == "-"
            if isBare { directive = scalars.popFirst() }
            func number(_ value: Int, _ width: Int) -> String { digits(value, isBare ? 1 : width) }
            switch directive {
            case "d": result += number(day, 2)
            case "e": result += isBare || day > 9 ? String(day) : " \(day)"
            case "m": result += number(month, 2)
            case "y": result += number(year % 100, 2)
            case "Y": result += digits(year, 4)
            case "j": result += number(dayOfYear, 3)
            case "B": result += Self.months[month - 1]
            case "b", "h": result += String(Self.months[month - 1].prefix(3))
            case "A": result += Self.weekdays[weekday]
            case "a": result += String(Self.weekdays[weekday].prefix(3))
            case "u": result += String(weekday + 1)
            case "w": result += String((weekday + 1) % 7)
            case "H", "M", "S": result += number(0, 2)
            case "I": result += "12"
            case "p": result += "AM"
            case "F": result += "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))"
            case "D", "x": result += "\(digits(month, 2))/\(digits(day, 2))/\(digits(year % 100, 2))"
            case "T", "X": result += "00:00:00"
            case "R": result += "00:00"
            case "z", "Z": break
            case "%": result += "%"
            default: return nil
            }
        }
        return result
    }
}
