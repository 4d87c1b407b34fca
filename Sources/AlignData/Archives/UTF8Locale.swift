import Foundation

/// The C locale makes libarchive lose every name that is not ASCII. This switches the calling thread alone to
/// UTF-8 while `body` runs; the process keeps the locale that its user chose.
enum UTF8Locale {
    private struct Handle: @unchecked Sendable {
        let locale: locale_t?
    }

    /// Made once and kept for the life of the process. `C.UTF-8` is part of glibc; the others are for other
    /// systems.
    private static let handle: Handle = {
        for name in ["C.UTF-8", "en_US.UTF-8", "UTF-8"] {
            if let locale = newlocale(Int32(LC_CTYPE_MASK), name, nil) { return Handle(locale: locale) }
        }
        return Handle(locale: nil)
    }()

    static func with<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard let locale = handle.locale else { return try body() }
        let previous = uselocale(locale)
        defer { _ = uselocale(previous) }
        return try body()
    }
}
