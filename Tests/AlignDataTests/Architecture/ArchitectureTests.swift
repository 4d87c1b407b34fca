import Foundation
import Testing

/// The direction of dependencies, and the few habits that a reader of any file may count on.
@Suite struct ArchitectureTests {
    let tree: SourceTree

    init() throws { tree = try SourceTree() }

    /// The modules of this package and those from outside that only some places may know.
    static let guarded: Set<String> = [
        "AlignData", "CoPGTrain", "TorchLM", "CTorchAPI", "CTorch", "CLibArchive", "CLibXML2", "CPrefetch",
        "CSignals", "GRDB", "Yams",
        "Crypto", "ArgumentParser",
    ]

    /// What each target may import of the guarded modules.
    static let mayImport: [String: Set<String>] = [
        "AlignData": ["CLibArchive", "CLibXML2", "CPrefetch", "CSignals", "GRDB", "Yams", "Crypto"],
        "CoPGTrain": ["AlignData"],
        "TorchLM": ["AlignData", "CoPGTrain", "CTorchAPI"],
        "align-data": ["AlignData", "CoPGTrain", "TorchLM", "CSignals", "ArgumentParser"],
    ]

    /// Modules that only one folder of AlignData may import.
    static let edges = [
        "GRDB": "Shards", "CLibArchive": "Archives", "CLibXML2": "Markup", "CPrefetch": "Tokenization",
        "CSignals": "Scoring", "Yams": "Recipes",
    ]

    /// Folders of AlignData that do not know each other's types.
    static let strangers: Set<String> = [
        "Archives", "Readers", "Tokenization", "Shards", "Sampling", "Scoring", "Pairing",
    ]

    @Test func theTreeIsFound() {
        #expect(tree.files.contains { $0.path == "AlignData/Records/Manifest.swift" })
    }

    @Test func everyTargetImportsOnlyWhatLiesBelowIt() {
        var wrong: [String] = []
        for file in tree.files {
            guard let allowed = Self.mayImport[file.target] else {
                wrong.append("\(file.path): no rule for the target \(file.target)")
                continue
            }
            for module in file.imports where Self.guarded.contains(module) && !allowed.contains(module) {
                wrong.append("\(file.path) imports \(module)")
            }
        }
        #expect(wrong == [])
    }

    @Test func eachForeignLibraryHasOneFolder() {
        let wrong = tree.files.filter { $0.target == "AlignData" }.flatMap { file in
            file.imports.compactMap { module -> String? in
                guard let folder = Self.edges[module], file.folder != folder else { return nil }
                return "\(file.path) imports \(module), which belongs to \(folder)"
            }
        }
        #expect(wrong == [])
    }

    @Test func strangersDoNotUseEachOthersTypes() throws {
        let files = tree.files.filter { $0.target == "AlignData" && Self.strangers.contains($0.folder ?? "") }
        var home: [String: String] = [:]
        for file in files {
            for line in file.code {
                // Unindented declarations only: nested types are reached through these.
                let declaration =
                    /^(?:[a-z]\w*(?:\(\w+\))?\s+)*(?:struct|class|enum|protocol|actor)\s+([A-Z]\w*)/
                if let match = line.firstMatch(of: declaration) { home[String(match.1)] = file.folder }
            }
        }
        #expect(home["CompletionSampler"] == "Sampling")

        var wrong: Set<String> = []
        for file in files {
            for line in file.code {
                for match in line.matches(of: /\b[A-Z]\w*\b/) {
                    let name = String(match.output)
                    guard let owner = home[name], owner != file.folder else { continue }
                    wrong.insert("\(file.path) uses \(name) of \(owner)")
                }
            }
        }
        #expect(wrong.sorted() == [])
    }

    @Test func nothingElseInTheDataHalfKnowsTheStages() {
        let wrong = tree.files.filter { file in
            file.target == "AlignData" && file.folder != "Stages"
                && file.code.contains { $0.contains(/\b[A-Z]\w*Stage\b/) }
        }
        #expect(wrong.map(\.path) == [])
    }

    @Test func theDocumentationNamesEveryTargetAndFolder() throws {
        let page = try String(
            contentsOf: SourceTree.root.appending(path: "../Documentation/Architecture.md"), encoding: .utf8)
        let targets = Set(tree.files.map(\.target))
        let folders = Set(tree.files.filter { $0.target == "AlignData" }.compactMap(\.folder))
        #expect(targets.union(folders).filter { !page.contains("`\($0)`") } == [])
    }

    @Test func noFileIsLongerThanSixHundredLines() {
        #expect(tree.files.filter { $0.lines.count > 601 }.map(\.path) == [])
    }

    @Test func librariesNeitherPrintNorCrash() {
        let forbidden = /\bprint\(|\bfatalError\(|\btry!|\bas!|\bexit\(|\bassertionFailure\(/
        var wrong: [String] = []
        for file in tree.files where file.target != "align-data" {
            for (index, line) in file.code.enumerated() where line.contains(forbidden) {
                wrong.append("\(file.path):\(index + 1)")
            }
        }
        #expect(wrong == [])
    }

    @Test func nothingThatIsWrittenDependsOnAProcessOrItsClock() {
        let forbidden =
            /\.hashValue\b|\bHasher\(|SystemRandomNumberGenerator|\.random\(|\.shuffled\(|\bUUID\(/
        var wrong: [String] = []
        for file in tree.files {
            for (index, line) in file.code.enumerated() where line.contains(forbidden) {
                wrong.append("\(file.path):\(index + 1)")
            }
        }
        #expect(wrong == [])
    }
}
