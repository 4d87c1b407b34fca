import Foundation
import Testing

/// Every code under which a stage counts what it does with a record stands in Documentation/Reasons.md, and the page
/// names no other.
@Suite struct ReasonTests {
    /// The folders of AlignData in whose files any hyphenated literal is a code, unless it is one of `otherWords`.
    private static let folders: Set<String> = [
        "Text", "Archives", "Cleaning", "Readers", "Markup", "Pairing", "Models", "Engine", "Sources",
        "Ingest", "Preferences", "Generate", "Score", "Pairs", "Verify", "Interchange", "Tokenize",
    ]

    /// Hyphenated literals of these files that are no codes.
    private static let otherWords: Set<String> = [
        // Names of elements and of what a recipe says.
        "many-roots", "table-wrap", "disp-quote", "disp-formula", "boxed-text", "list-item",
        "content-type", "http-equiv",
        // Values of options.
        "best-against-worst", "best-against-each", "adjacent-in-rank", "trl-preference", "trl-scored",
        "trl-completion", "hf-dataset",
        // Facts of a manifest, and roles of inputs.
        "chat-template", "chat-date", "scorer-precision", "reward-mean", "reward-deviation",
        // Parts of sentences, licences, names of queues.
        "log-probability", "apache-2.0", "cc-by-4.0", "cc-by-sa-4.0", "cc0-1.0", "bsd-3-clause", "odc-by",
        "align-data.corpus", "align-data.read-ahead",
    ]

    /// The codes of the sources, and the first place of each.
    private func codes() throws -> [String: String] {
        var codes: [String: String] = [:]
        for file in try SourceTree().files {
            let isFull = file.target == "AlignData" && Self.folders.contains(file.folder ?? "")
            guard isFull || file.target == "CoPGTrain" else { continue }
            for (index, line) in file.lines.enumerated() {
                guard line.firstMatch(of: /^\s*\/\//) == nil else { continue }
                let line = line.replacing(/\\\((?:prompt\.)?split\.rawValue\)/, with: "SPLIT")
                var found: [Substring] = []
                if isFull {
                    found += line.matches(of: /"([a-z]+(?:-(?:[a-z0-9.]+|SPLIT))+)"/).map(\.1)
                    // A code of one word has a name; so have stages, policies and fields, which are none.
                    found += line.matches(
                        of:
                            /static (?:let|var) (?!name\b|stage\b|\w*(?:Policy|Stage|Field|Name)\b)\w+(?:: String)? (?:=|\{) "([a-z]+)"/
                    ).map(\.1)
                }
                found += line.matches(of: /(?:noted|filtered|rejected)\["([a-z\-]+)"/).map(\.1)
                found += line.matches(of: /\b(?:reject|fail|note|noted|filter)\("([a-z\-]+)"/).map(\.1)
                found += line.matches(of: /\b(?:reason|ingest): "([a-z\-]+)"/).map(\.1)
                for code in found.map(String.init) where !Self.otherWords.contains(code) {
                    codes[code] = codes[code] ?? "\(file.path):\(index + 1)"
                }
            }
        }
        return codes
    }

    /// The codes of the page: the first cells of its tables.
    private func documented() throws -> Set<String> {
        let page = try String(
            contentsOf: SourceTree.root.appending(path: "../Documentation/Reasons.md"), encoding: .utf8)
        return Set(
            page.split(separator: "\n").compactMap { line in
                line.firstMatch(of: /^\| `([a-zA-Z0-9\-]+)` \|/).map { String($0.1) }
            })
    }

    @Test func everyCodeStandsInTheDocumentation() throws {
        let documented = try documented()
        let missing = try codes().filter { !documented.contains($0.key) }.sorted { $0.key < $1.key }
        // If one of these is no reason, add it to `otherWords`.
        #expect(missing.map { "\($0.key) of \($0.value) is missing in Documentation/Reasons.md" } == [])
    }

    @Test func theDocumentationNamesNoOtherCode() throws {
        let codes = try codes()
        #expect(codes.count > 60)
        let stale = try documented().filter { codes[$0] == nil }.sorted()
        #expect(stale.map { "\($0) of Documentation/Reasons.md is in no source" } == [])
    }

    @Test func everyRowOfTheTablesIsWhole() throws {
        let page = try String(
            contentsOf: SourceTree.root.appending(path: "../Documentation/Reasons.md"), encoding: .utf8)
        for line in page.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(cells.count == 4 && cells.allSatisfy { !$0.isEmpty }, "\(line)")
            #expect(cells.dropFirst(2).allSatisfy { $0.hasSuffix(".") }, "\(line)")
        }
    }
}
