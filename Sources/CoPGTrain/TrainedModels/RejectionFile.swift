import AlignData
import Foundation

/// `training/rejections.jsonl`: the records that a training did not take or left out by rule, one a line, each with its
/// reason and place. Holds nothing of their texts.
struct RejectionFile {
    /// Within the folder of the trained model.
    static let name = "training/rejections.jsonl"

    /// One line.
    private struct Line: Codable {
        var reason: String
        /// Missing where a rule left the record out.
        var detail: String?
        var stage: String?
        var provenance: Provenance
    }

    var rejections: [Rejection] = []
    var filtered: [FilteredRecord] = []

    var isEmpty: Bool { rejections.isEmpty && filtered.isEmpty }

    /// Rejections before what rules left out, each in the order they were met.
    private func bytes() throws -> Data {
        let lines =
            rejections.map {
                Line(reason: $0.reason, detail: $0.detail, stage: $0.stage, provenance: $0.provenance)
            } + filtered.map { Line(reason: $0.reason, provenance: $0.provenance) }
        return try lines.reduce(into: Data()) { bytes, line in
            bytes += try JSONText.data(line)
            bytes.append(UInt8(ascii: "\n"))
        }
    }

    /// Leaves no file where there is nothing to say.
    func write(to folder: String) throws {
        let path = folder + "/" + RejectionFile.name
        guard !isEmpty else { return try Files.remove(path) }
        try Files.makeFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path)
        try Files.replace(path, with: bytes())
    }

    init(rejections: [Rejection], filtered: [FilteredRecord]) {
        self.rejections = rejections
        self.filtered = filtered
    }

    /// What a folder keeps; empty where it keeps nothing.
    /// - Parameter sha256: of the file; nil where it is not known yet.
    /// - Throws: `TrainingError.damaged`, `FileError`.
    init(in folder: String, sha256: String?) throws {
        let path = folder + "/" + RejectionFile.name
        guard FileManager.default.fileExists(atPath: path) else {
            guard sha256 == nil else { throw RejectionFile.damaged(path) }
            return
        }
        let bytes = try Files.read(path)
        if let sha256, FileHash.sha256(bytes) != sha256 { throw RejectionFile.damaged(path) }
        for text in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let line = try? JSONText.decode(Line.self, from: Data(text)) else {
                throw RejectionFile.damaged(path)
            }
            if let stage = line.stage {
                rejections.append(
                    Rejection(
                        stage: stage, reason: line.reason, detail: line.detail ?? "",
                        provenance: line.provenance, excerpt: ""))
            } else {
                filtered.append(FilteredRecord(reason: line.reason, provenance: line.provenance))
            }
        }
    }

    private static func damaged(_ path: String) -> TrainingError {
        .damaged(file: path, what: "the list of rejected records is missing or has changed")
    }
}
