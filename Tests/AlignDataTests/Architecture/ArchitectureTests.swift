import Foundation
import Testing

/// The direction of dependencies, and the few habits that a reader of any file may count on.
@Suite struct ArchitectureTests {
    let tree: SourceTree

    init() throws { tree = try SourceTree() }

    /// The modules of this package and those from outside that only some places may know.
    static let guarded: Set<String> = [
        "AlignData", "CoPGTrain", "TorchLM", "Report", "CTorchAPI", "CTorch", "CLibArchive", "CLibXML2",
        "CPrefetch",
        "CSignals", "GRDB", "Yams",
        "Crypto", "ArgumentParser",
    ]

    /// What each target may import of the guarded modules.
    static let mayImport: [String: Set<String>] = [
        "AlignData": ["CLibArchive", "CLibXML2", "CPrefetch", "CSignals", "GRDB", "Yams", "Crypto"],
        "Report": [],
        "CoPGTrain": ["AlignData", "Report"],
        "TorchLM": ["AlignData", "CoPGTrain", "CTorchAPI"],
        "align-data": ["AlignData", "CoPGTrain", "TorchLM", "Report", "CSignals", "ArgumentParser"],
    ]

    /// Modules that only these folders of AlignData may import.
    static let edges = [
        "GRDB": ["Shards"], "CLibArchive": ["Archives"], "CLibXML2": ["Markup"], "CPrefetch": ["Merging"],
        "CSignals": ["Concurrency", "Score"], "Yams": ["Recipes"],
    ]

    /// The folders of each target, in the order of their layers: a folder knows those before it, and none after it.
    static let layers: [String: [String]] = [
        "AlignData": [
            "Text", "JSON", "Records", "Concurrency", "Files", "Archives", "GGUF", "Markup", "Unicode",
            "Splitting", "Merging", "Tokenization", "Jinja", "Prompts", "Recipes", "Readers", "Cleaning",
            "Shards", "Pairing", "Streaming", "Models", "Engine", "Sources", "Ingest", "Preferences",
            "Generate",
            "Score", "Pairs", "Verify", "Inspect", "Interchange", "Tokenize",
        ],
        "CoPGTrain": [
            "Measures", "Objectives", "Training", "Bandit", "Evaluation", "TrainedModels", "Train",
            "TrainReward", "Evaluate", "Compare",
        ],
        "TorchLM": ["ModelFiles", "Tensor", "Transformer", "Optimizer", "Policy", "RewardModel"],
        "align-data": ["Terminal", "Failures", "Options", "Commands"],
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
                guard let folders = Self.edges[module], !folders.contains(file.folder ?? "") else {
                    return nil
                }
                return "\(file.path) imports \(module), which belongs to \(folders)"
            }
        }
        #expect(wrong == [])
    }

    @Test(arguments: layers.keys.sorted())
    func noFolderKnowsOneAboveIt(target: String) throws {
        let order = try #require(Self.layers[target])
        let files = tree.files.filter { $0.target == target }
        #expect(Set(files.compactMap(\.folder)) == Set(order))
        var home: [String: String] = [:]
        for file in files { for name in file.declarations { home[name] = file.folder } }
        #expect(home.count > 10)

        var wrong: Set<String> = []
        for file in files {
            guard let place = file.folder.flatMap(order.firstIndex(of:)) else { continue }
            // A nested type hides one of the same name elsewhere.
            let nested = file.nestedDeclarations
            for name in file.usedNames where !nested.contains(name) {
                guard let owner = home[name], let above = order.firstIndex(of: owner), above > place
                else { continue }
                wrong.insert("\(file.path) uses \(name) of \(owner)")
            }
        }
        #expect(wrong.sorted() == [])
    }

    @Test func theDocumentationNamesEveryTargetAndFolder() throws {
        let page = try String(
            contentsOf: SourceTree.root.appending(path: "../Documentation/Architecture.md"), encoding: .utf8)
        let targets = Set(tree.files.map(\.target))
        let folders = Set(tree.files.compactMap(\.folder))
        #expect(targets.union(folders).filter { !page.contains("`\($0)`") } == [])
    }

    @Test func noFileIsLongerThanSixHundredLines() {
        #expect(tree.files.filter { $0.lines.count > 601 }.map(\.path) == [])
    }

    /// Only a thread that begins there reports that its stack is used up.
    @Test func threadsBeginInOnePlace() {
        let forbidden = /\.async\(|\.async \{|concurrentPerform\(|\bThread\(|detachNewThread|pthread_create/
        var wrong: [String] = []
        for file in tree.files where file.path != "AlignData/Concurrency/DispatchQueue+GuardedStack.swift" {
            for (index, line) in file.code.enumerated() where line.contains(forbidden) {
                wrong.append("\(file.path):\(index + 1)")
            }
        }
        #expect(wrong == [])
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
