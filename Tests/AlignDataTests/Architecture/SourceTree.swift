import Foundation

/// The Swift files under Sources, read as text: enough for tests about the shape of the house.
struct SourceTree {
    struct File {
        /// Relative to Sources: `AlignData/Shards/ShardWriter.swift`.
        var path: String
        var lines: [String]

        var components: [String] { path.split(separator: "/").map(String.init) }
        var target: String { components[0] }
        /// The folder within the target; nil for a file beside the folders.
        var folder: String? { components.count > 2 ? components[1] : nil }

        /// Modules that the file imports, without submodules.
        var imports: [String] {
            lines.compactMap { line in
                line.firstMatch(
                    of:
                        /^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)/
                ).map { String($0.1) }
            }
        }

        /// The lines without comments and without the contents of string literals.
        var code: [String] {
            var isInsideText = false
            return lines.map { line in
                let delimiters = line.components(separatedBy: "\"\"\"").count - 1
                defer { if delimiters % 2 == 1 { isInsideText.toggle() } }
                if isInsideText { return "" }
                return line.replacing(/"(?:[^"\\]|\\.)*"/, with: "\"\"").replacing(/\/\/.*/, with: "")
            }
        }

        /// The types that the file declares outside all others.
        var declarations: Set<String> { declared { !$0.hasPrefix(" ") } }
        /// The types that it declares inside others.
        var nestedDeclarations: Set<String> { declared { $0.hasPrefix(" ") } }

        private func declared(_ isWanted: (String) -> Bool) -> Set<String> {
            let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "actor", "typealias"]
            return code.filter(isWanted).reduce(into: []) { names, line in
                let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
                for (word, next) in zip(words, words.dropFirst())
                where kinds.contains(word) && next.first?.isUppercase == true {
                    names.insert(String(next))
                }
            }
        }

        /// Every capitalized word that is no member of something.
        var usedNames: Set<String> {
            code.reduce(into: []) { names, line in
                for word in line.split(whereSeparator: { !($0.isLetter || $0.isNumber || "_.".contains($0)) })
                {
                    // `...Name` is the end of a range, `.name` a member.
                    let name = word.hasPrefix("..") ? word.drop { ".<".contains($0) } : word
                    let first = name.prefix { $0 != "." }
                    if first.first?.isUppercase == true { names.insert(String(first)) }
                }
            }
        }
    }

    let files: [File]

    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Sources")
        .standardizedFileURL

    init() throws {
        let enumerator = FileManager.default.enumerator(at: SourceTree.root, includingPropertiesForKeys: nil)
        var files: [File] = []
        while let url = enumerator?.nextObject() as? URL {
            guard url.pathExtension == "swift" else { continue }
            let path = url.standardizedFileURL.path.dropFirst(SourceTree.root.path.count + 1)
            let text = try String(contentsOf: url, encoding: .utf8)
            files.append(
                File(
                    path: String(path),
                    lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)))
        }
        self.files = files.sorted { $0.path < $1.path }
    }
}
