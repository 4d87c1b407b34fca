import ArgumentParser

/// What numbers options may have. Beyond these nothing can be meant, and arithmetic would end the program.
enum OptionRange {
    /// Things that are counted: prompts, tokens, steps, bytes.
    static let largest = 1 << 31

    /// - Throws: `ValidationError` naming the option.
    static func check(
        _ option: String, _ value: Int?, atLeast least: Int = 1, atMost most: Int = largest
    ) throws {
        guard let value else { return }
        guard value >= least else {
            throw ValidationError(
                least == 0 ? "\(option) must not be negative." : "\(option) must be at least \(least).")
        }
        guard value <= most else { throw ValidationError("\(option) must be at most \(most).") }
    }

    /// - Throws: `ValidationError` naming the option, for NaN and infinities too.
    static func check(positive option: String, _ value: Double?) throws {
        guard value.map({ $0 > 0 && $0.isFinite }) ?? true else {
            throw ValidationError("\(option) must be positive.")
        }
    }

    static func check(notNegative option: String, _ value: Double?) throws {
        guard value.map({ $0 >= 0 && $0.isFinite }) ?? true else {
            throw ValidationError("\(option) must be a number of at least 0.")
        }
    }

    static func check(finite option: String, _ value: Double?) throws {
        guard value?.isFinite ?? true else { throw ValidationError("\(option) must be a finite number.") }
    }
}
