/// How far a stage is, as it tells its caller, whose wish to stop it throws as `Interrupted`.
final class StageProgress {
    private let handler: ProgressHandler
    private var total: Int?
    private var unit = ""
    private(set) var done = 0

    init(_ handler: @escaping ProgressHandler) { self.handler = handler }

    /// Says what is counted from here on.
    /// - Parameters:
    ///   - total: nil where it is not known.
    ///   - unit: what is counted, plural.
    func expect(_ total: Int?, _ unit: String) {
        (self.total, self.unit, done) = (total, unit, 0)
    }

    func advance(by count: Int) { done += count }

    /// - Parameter ahead: done beyond what counts as done.
    /// - Throws: `Interrupted`.
    func tell(ahead: Int = 0) throws {
        let sum = done + ahead
        let shown = total.map { min(sum, $0) } ?? sum
        if handler(Progress(done: shown, total: total, unit: unit)) == .stop { throw Interrupted() }
    }
}
