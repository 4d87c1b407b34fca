import AlignData
import ArgumentParser
import Foundation

/// What SQLite itself inserts on this disk: the rows of `pairs` into the same tables of one file, by one thread, with
/// statements that are prepared once, in one transaction without a journal, the file synchronized at the end. No
/// digests, no hashes, no manifest, and values that are only bound, never made.
struct SQLiteRow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "sqlite")

    @Option(help: "A folder for the file, which is deleted again.")
    var work: String

    @Option var rows = 50_000

    @Option var repeats = 3

    func run() throws {
        let path = work + "/bare.sqlite"
        let tokens = RandomTokens().groups(64, completions: 2).map { group in
            ([group.prompt] + group.completions).map { tokens in
                StableBytes(tokens.map { UInt16($0) }.withUnsafeBytes { Array($0) })
            }
        }
        let seconds = try Measurement.medianSeconds(repeats: repeats) {
            try? FileManager.default.removeItem(atPath: path)
            try insert(tokens, at: path)
            guard let file = FileHandle(forReadingAtPath: path) else {
                throw CocoaError(.fileReadNoSuchFile)
            }
            try file.synchronize()
        }
        try FileManager.default.removeItem(atPath: path)
        Measurement.report("write-sqlite", Double(rows) / seconds, "rows/s")
    }

    private func insert(_ tokens: [[StableBytes]], at path: String) throws {
        let file = try BareSQLite(path)
        try file.execute(
            """
            PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
            PRAGMA locking_mode = EXCLUSIVE; PRAGMA ignore_check_constraints = ON; BEGIN EXCLUSIVE
            """)
        for statement in ShardSchema.statements(of: .pairs) { try file.execute(statement) }
        let prompts = try file.insertion(into: "prompt", columns: 15)
        let completions = try file.insertion(into: "completion", columns: 13)
        let pairs = try file.insertion(into: "pair", columns: 3)
        func text(_ text: String) -> StableBytes { StableBytes(Array(text.utf8)) }
        let (id, none, name) = (text("0123456789abcdef0123456789abcdef"), text(""), text("benchmark"))
        let (split, reason) = (text("train"), text("length"))
        for row in 0..<rows {
            let tokens = tokens[row % tokens.count]
            try file.insert(by: prompts) {
                $0.bind(integers: row)
                $0.bind(texts: id, id, split, none)
                $0.bind(blob: tokens[0])
                $0.bind(integers: 0)
                $0.bind(texts: name)
                $0.skip(3)
                $0.bind(integers: 2 * row, 2, row, 1)
            }
            for place in 0..<2 {
                try file.insert(by: completions) {
                    $0.bind(integers: 2 * row + place, row, place)
                    $0.bind(texts: id, none)
                    $0.bind(blob: tokens[1 + place])
                    $0.bind(texts: reason, name)
                    $0.bind(reals: -1, -1, -1, Double(place), Double(place))
                }
            }
            try file.insert(by: pairs) { $0.bind(integers: row, 2 * row, 2 * row + 1) }
        }
        try file.execute("COMMIT")
    }
}
