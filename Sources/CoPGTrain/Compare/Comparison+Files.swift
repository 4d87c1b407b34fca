import AlignData
import Foundation
import Report

extension Comparison {
    /// Reads folders that `EvaluateStage` wrote.
    /// - Throws: `ComparisonError`, `FileError`.
    public init(reports folders: [String]) throws {
        var identity: EvaluateStage.Identity?
        try self.init(
            folders.map { folder in
                guard FileManager.default.fileExists(atPath: folder) else {
                    throw ComparisonError.noFolder(path: folder)
                }
                func read<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
                    let path = folder + "/" + name
                    guard FileManager.default.fileExists(atPath: path),
                        let value = try? JSONText.decode(type, from: Files.read(path))
                    else { throw ComparisonError.notAReport(folder: folder) }
                    return value
                }
                let own = try read(EvaluateStage.Identity.self, "run.json").withoutPolicy
                if let identity, identity != own { throw ComparisonError.anotherExperiment(folder: folder) }
                identity = own
                return Run(
                    name: URL(fileURLWithPath: folder).standardizedFileURL.pathComponents.suffix(2)
                        .joined(separator: "/"),
                    training: try read(TrainedRun.self, EvaluateStage.trainingFile),
                    evaluation: try read(Evaluation.self, "evaluation.json"))
            })
    }

    /// Writes `comparison.json`, `comparison.md`, the pictures that have two points at least, and `comparison.html` with
    /// all of them. An earlier comparison is written over, other files of these names are not.
    /// - Throws: `TrainingError.foreignFiles`, `FileError`.
    public func write(to folder: String) throws {
        try Files.makeFolder(folder)
        let names = ["comparison.md", "comparison.html"] + charts.map { $0.name + ".svg" }
        let found = try Set(Files.entries(of: folder))
        guard found.contains("comparison.json") || found.isDisjoint(with: names) else {
            throw TrainingError.foreignFiles(folder: folder)
        }
        // The first, because it says whose the others are.
        try Files.replace(folder + "/comparison.json", withJSON: self)
        for (name, chart) in charts where !chart.file.isEmpty {
            try Files.replace(folder + "/\(name).svg", with: Data(chart.file.utf8))
        }
        try Files.replace(folder + "/comparison.md", with: Data(markdown.utf8))
        try Files.replace(
            folder + "/comparison.html",
            with: Data(
                HTMLPage(
                    title: "Comparison",
                    body: table.html + "\n<p class=\"note\">\(HTMLPage.escaped(caption)).</p>\n"
                        + charts.map(\.chart.figure).joined(separator: "\n") + "\n"
                ).html.utf8))
    }
}
