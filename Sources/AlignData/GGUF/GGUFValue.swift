/// A metadata value. All integer types read as `integer`, both floating types as `number`.
public enum GGUFValue: Hashable, Sendable {
    /// Any unsigned value above `Int.max` is refused when the file is read.
    case integer(Int)
    case number(Double)
    case bool(Bool)
    case string(String)
    case integers([Int])
    case numbers([Double])
    case bools([Bool])
    case strings([String])
    /// An array of arrays.
    case array([GGUFValue])
}

extension GGUFValue {
    public var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    /// Integers count as numbers.
    public var number: Double? {
        switch self {
        case .number(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var integers: [Int]? { if case .integers(let value) = self { value } else { nil } }
    public var strings: [String]? { if case .strings(let value) = self { value } else { nil } }
}
