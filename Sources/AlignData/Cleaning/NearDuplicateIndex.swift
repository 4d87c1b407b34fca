/// Finds documents that are nearly the same: MinHash (Broder, "On the resemblance and containment of documents",
/// 1997) over five-word shingles, with banding (Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets",
/// section 3.4).
///
/// The Jaccard similarity of two documents is estimated by 128 hash functions, of each of which 8 bits are kept; the
/// estimate's standard error is at most 0.045. Bands are cut so that a pair at the threshold is compared with
/// probability 0.99 or more. Memory is bounded: a document is compared with at least the last `capacity` ones.
struct NearDuplicateIndex {
    static let shingleWords = 5
    static let hashCount = 128

    let threshold: Double
    let capacity: Int
    /// Documents that are no longer compared with.
    private(set) var forgotten = 0
    private let rows: Int
    private var current: Generation
    private var previous: Generation

    /// - Parameter threshold: Jaccard similarity, 0.5 ... 1.
    init(threshold: Double, capacity: Int = 1 << 17) {
        self.threshold = threshold
        self.capacity = capacity
        // The longest bands (fewest comparisons) that still find a pair at the threshold.
        rows = [16, 8, 4, 2, 1].first { Self.detection(of: threshold, rows: $0) >= 0.99 } ?? 1
        current = Generation(bands: Self.hashCount / rows)
        previous = Generation(bands: Self.hashCount / rows)
    }

    /// The probability that two documents of this similarity agree in a whole band.
    static func detection(of similarity: Double, rows: Int) -> Double {
        var miss = 1.0
        var agree = 1.0
        for _ in 0..<rows { agree *= similarity }
        for _ in 0..<(hashCount / rows) { miss *= 1 - agree }
        return 1 - miss
    }

    /// Whether a remembered document is at least as similar as the threshold; otherwise remembers this one.
    mutating func insert(_ text: String) -> Bool {
        let minima = Self.minima(of: text)
        let signature = Self.signature(of: minima)
        let keys = (0..<(Self.hashCount / rows)).map { band in
            var key = UInt64(band) &+ 1
            for minimum in minima[(band * rows)..<((band + 1) * rows)] { key = Self.mix(key ^ minimum) }
            return UInt32(truncatingIfNeeded: key >> 32) | 1
        }
        if current.holds(keys, signature, similarity: threshold)
            || previous.holds(keys, signature, similarity: threshold)
        {
            return true
        }
        if current.count == capacity {
            forgotten += previous.count
            previous = current
            current = Generation(bands: keys.count)
        }
        current.insert(keys, signature)
        return false
    }

    /// The estimate of the Jaccard similarity of two texts.
    static func similarity(_ a: String, _ b: String) -> Double {
        similarity(
            signature(of: minima(of: a)), signature(of: minima(of: b))[...])
    }

    private static func signature(of minima: [UInt64]) -> [UInt8] {
        minima.map { UInt8(truncatingIfNeeded: $0 >> 8) }
    }

    /// Of 8 bits, one in 256 agrees by chance.
    private static func similarity(_ a: [UInt8], _ b: ArraySlice<UInt8>) -> Double {
        let agreeing = Double(zip(a, b).count { $0 == $1 }) / Double(hashCount)
        return max(0, (agreeing - 1.0 / 256) / (1 - 1.0 / 256))
    }

    // MARK: - Hashing

    /// The least value that each hash function takes on the text's shingles.
    private static func minima(of text: String) -> [UInt64] {
        var words: [UInt64] = []
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        var isInWord = false
        for byte in text.utf8 {
            if byte == 0x20 || (0x09...0x0D).contains(byte) {
                if isInWord { words.append(hash) }
                isInWord = false
                hash = 0xCBF2_9CE4_8422_2325
            } else {
                isInWord = true
                let lowered = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
                hash = (hash ^ UInt64(lowered)) &* 0x100_0000_01B3
            }
        }
        if isInWord { words.append(hash) }
        var minima = [UInt64](repeating: .max, count: hashCount)
        for start in 0...max(0, words.count - shingleWords) {
            var shingle: UInt64 = 0
            for word in words[min(start, words.count)..<min(start + shingleWords, words.count)] {
                shingle = mix(shingle &* 31 &+ word)
            }
            for index in 0..<hashCount {
                minima[index] = min(minima[index], shingle &* multipliers[index] &+ addends[index])
            }
        }
        return minima.map { mix($0) }
    }

    /// Odd numbers, the same in every run.
    private static let multipliers: [UInt64] = (0..<hashCount).map { mix(UInt64($0) &* 2 &+ 1) | 1 }
    private static let addends: [UInt64] = (0..<hashCount).map { mix(UInt64($0) &+ 0x5EED) }

    /// The finalizer of MurmurHash3.
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        z = (z ^ (z >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        return z ^ (z >> 33)
    }

    // MARK: - What is remembered

    private struct Generation {
        /// Candidates that share one band's key and are looked at.
        static let maxChain = 64

        let bands: Int
        var count = 0
        private var signatures: [UInt8] = []
        /// Key in the upper half (never 0), document in the lower.
        private var slots: [UInt64]

        init(bands: Int) {
            self.bands = bands
            slots = [UInt64](repeating: 0, count: 1 << 12)
        }

        func holds(_ keys: [UInt32], _ signature: [UInt8], similarity threshold: Double) -> Bool {
            let mask = slots.count - 1
            for key in keys {
                var place = Int(key >> 1) & mask
                for _ in 0..<Self.maxChain {
                    guard slots[place] != 0 else { break }
                    if UInt32(slots[place] >> 32) == key {
                        let start = Int(UInt32(truncatingIfNeeded: slots[place])) * hashCount
                        if similarity(signature, signatures[start..<(start + hashCount)]) >= threshold {
                            return true
                        }
                    }
                    place = (place + 1) & mask
                }
            }
            return false
        }

        mutating func insert(_ keys: [UInt32], _ signature: [UInt8]) {
            if (count + 1) * bands * 4 > slots.count * 3 {
                let old = slots
                slots = [UInt64](repeating: 0, count: old.count * 2)
                for value in old where value != 0 { put(value) }
            }
            for key in keys { put(UInt64(key) << 32 | UInt64(count)) }
            signatures += signature
            count += 1
        }

        private mutating func put(_ value: UInt64) {
            let mask = slots.count - 1
            var place = Int(value >> 33) & mask
            while slots[place] != 0 { place = (place + 1) & mask }
            slots[place] = value
        }
    }
}
