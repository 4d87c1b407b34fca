/// Sound records that others can still be joined to, in the order of their numbers.
struct HeldRecords {
    private struct Held {
        var clean: CleanRecord
        /// From the first record that is joined to it.
        var joiner: RecordJoiner?
        var bytes: Int
    }

    private var records: [Held] = []
    /// Where the first one stands in `records`, and its number.
    private var start = 0
    private var first = 0
    /// Bytes of all texts.
    private(set) var textBytes = 0

    var count: Int { records.count - start }

    func contains(_ number: Int) -> Bool { number >= first && number < first + count }

    /// Takes the next record; its number is one more than the last one's.
    mutating func append(_ clean: CleanRecord) {
        let bytes = clean.record.textBytes
        textBytes += bytes
        records.append(Held(clean: clean, bytes: bytes))
    }

    mutating func removeFirst() -> CleanRecord {
        let held = records[start]
        textBytes -= held.bytes
        start += 1
        first += 1
        if start == records.count {
            records.removeAll(keepingCapacity: true)
            start = 0
        } else if start >= 128 {
            records.removeFirst(start)
            start = 0
        }
        return held.clean
    }

    /// Joins an addition to the record of that number.
    /// - Parameter joiner: makes what knows the texts of a record.
    /// - Returns: what became of it, and whether it has other extra fields than the record.
    mutating func join(
        _ addition: RecordAddition, to number: Int, _ joiner: (SourceRecord) -> RecordJoiner
    ) -> (outcome: RecordJoiner.Outcome, hasOtherExtra: Bool) {
        let place = start + number - first
        // Moved out and back in, so that nothing is copied.
        var own = records[place].joiner.take() ?? joiner(records[place].clean.record)
        let outcome = own.add(addition)
        if case .joined(let news) = outcome {
            records[place].clean.record.add(news)
            records[place].clean.joined.append(addition.provenance)
            records[place].bytes += news.textBytes
            textBytes += news.textBytes
        }
        records[place].joiner = own
        return (outcome, own.hasOtherExtra(addition))
    }
}
