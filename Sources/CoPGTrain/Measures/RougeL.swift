/// ROUGE-L (Lin 2004) of a summary against references: the F1 of the longest common subsequence of words.
///
/// Words as in the reference implementation (`rouge_score` without stemmer): the text in lower case, split at
/// everything but a–z and 0–9.
public enum RougeL {
    /// F1 in 0...1 against the best of `references`; 0 when a side has no words.
    public static func score(_ summary: String, references: [String]) -> Double {
        let words = words(of: summary)
        return references.map { f1(words, RougeL.words(of: $0)) }.max() ?? 0
    }

    static func words(of text: String) -> [String] {
        text.lowercased().utf8
            .split {
                !(UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0)
            }
            .compactMap { String($0) }
    }

    private static func f1(_ summary: [String], _ reference: [String]) -> Double {
        let common = Double(longestCommonSubsequence(summary, reference))
        guard common > 0 else { return 0 }
        let precision = common / Double(summary.count)
        let recall = common / Double(reference.count)
        return 2 * precision * recall / (precision + recall)
    }

    /// Its length, one row of the table at a time.
    static func longestCommonSubsequence(_ a: [String], _ b: [String]) -> Int {
        var row = [Int](repeating: 0, count: b.count + 1)
        for word in a {
            var diagonal = 0
            for (column, other) in b.enumerated() {
                let above = row[column + 1]
                row[column + 1] = word == other ? diagonal + 1 : max(above, row[column])
                diagonal = above
            }
        }
        return row[b.count]
    }
}
