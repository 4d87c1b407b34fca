import Foundation

/// What belongs to records of units that have gone on to be written. Kept in memory, and beyond a limit in a file of
/// runs, each sorted by the numbers of the records; handed out in the order of these numbers, and of the input.
final class LateJoins {
    /// Bytes that are kept in memory.
    private let room: Int
    private let makeFile: () throws -> UnnamedFile

    private var bytes: [UInt8] = []
    private var entries: [Entry] = []
    private var runs: [Run] = []
    private var file: UnnamedFile?

    private struct Entry {
        var number: Int
        /// In `bytes`.
        var start: Int
        var end: Int
    }

    /// A piece of the file.
    private struct Run {
        var start: Int
        var end: Int
    }

    /// - Parameter makeFile: called once, when the memory is used up.
    init(room: Int = 16 << 20, makeFile: @escaping () throws -> UnnamedFile) {
        self.room = room
        self.makeFile = makeFile
    }

    var isEmpty: Bool { entries.isEmpty && runs.isEmpty }

    func add(_ addition: RecordAddition, to number: Int) throws {
        let start = bytes.count
        addition.append(to: &bytes)
        entries.append(Entry(number: number, start: start, end: bytes.count))
        if bytes.count + entries.count * MemoryLayout<Entry>.size >= room { try spill() }
    }

    private func sort() { entries.sort { ($0.number, $0.start) < ($1.number, $1.start) } }

    private func spill() throws {
        let file = try file ?? makeFile()
        self.file = file
        sort()
        var output: [UInt8] = []
        output.reserveCapacity(1 << 20)
        let start = file.count
        for entry in entries {
            output.append(number: entry.number)
            output.append(number: entry.end - entry.start)
            output += bytes[entry.start..<entry.end]
            if output.count >= 1 << 20 {
                try output.withUnsafeBytes(file.append)
                output.removeAll(keepingCapacity: true)
            }
        }
        try output.withUnsafeBytes(file.append)
        runs.append(Run(start: start, end: file.count))
        entries.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }

    // MARK: - In order

    /// All of it, by number.
    func sorted() -> Sorted {
        sort()
        return Sorted(self)
    }

    struct Sorted {
        private let joins: LateJoins
        private var cursors: [Cursor]
        private var entry = 0

        fileprivate init(_ joins: LateJoins) {
            self.joins = joins
            cursors = joins.file.map { file in joins.runs.map { Cursor(file, $0.start, $0.end) } } ?? []
        }

        /// The next addition, where its record's number is less than `limit`.
        mutating func next(below limit: Int) throws -> (number: Int, addition: RecordAddition)? {
            var first: Int?
            var number = limit
            for index in cursors.indices {
                // Of equal numbers the earlier run has come before.
                if let found = try cursors[index].number(), found < number {
                    (first, number) = (index, found)
                }
            }
            if entry < joins.entries.count, joins.entries[entry].number < number {
                let next = joins.entries[entry]
                entry += 1
                var reader = ByteReader(joins.bytes[next.start..<next.end])
                return (next.number, try RecordAddition(from: &reader))
            }
            guard let first else { return nil }
            var reader = ByteReader(try cursors[first].next()[...])
            return (number, try RecordAddition(from: &reader))
        }
    }

    /// Reads one run.
    private struct Cursor {
        let file: UnnamedFile
        /// The next byte of the file, and the end of the run.
        var place: Int
        let end: Int
        private var buffer: [UInt8] = []
        private var used = 0
        private var head: Int?

        init(_ file: UnnamedFile, _ start: Int, _ end: Int) {
            self.file = file
            place = start
            self.end = end
        }

        /// The number of the next entry; nil at the end.
        mutating func number() throws -> Int? {
            if head == nil, place < end || used < buffer.count { head = try take(8).number }
            return head
        }

        /// The bytes of the entry whose number was asked for.
        mutating func next() throws -> [UInt8] {
            head = nil
            return Array(try take(try take(8).number))
        }

        private mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
            if buffer.count - used < count {
                buffer.removeFirst(used)
                used = 0
                let size = min(max(count - buffer.count, 1 << 16), end - place)
                buffer += try file.read(place..<(place + size))
                place += size
            }
            guard buffer.count - used >= count else { throw ByteReader.Fault() }
            defer { used += count }
            return buffer[used..<(used + count)]
        }
    }
}
