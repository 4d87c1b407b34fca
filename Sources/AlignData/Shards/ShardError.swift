/// What can be wrong with a shard set, or with the folder it is to be written to.
public enum ShardError: DescribedError, Equatable {
    /// The folder holds a plan and perhaps shards, but no manifest.
    case unfinished(folder: String)
    /// The folder does not exist, or holds nothing that belongs to a shard set.
    case notAShardSet(folder: String)
    /// The manifest is not what was sealed; `detail` says what is wrong with it.
    case damagedManifest(path: String, detail: String)
    case unsupportedVersion(path: String, found: Int)
    case wrongKind(folder: String, found: ShardKind, expected: ShardKind)
    case missingShard(path: String)
    case wrongSize(path: String, expected: Int, found: Int)
    case wrongHash(path: String)
    /// The file has the stated bytes, yet is not the shard the manifest means.
    case notAShard(path: String, detail: String)
    /// The output folder belongs to other work; `difference` names what differs, `isComplete` says that it is a finished
    /// set.
    case otherWork(folder: String, difference: String, isComplete: Bool = false)
    /// The output folder holds files that belong to no shard set.
    case foreignFiles(folder: String)
    /// Two records of one shard have the same id, or a value breaks a rule of the table.
    case constraint(path: String, detail: String)
    /// The shard at `index` was not written before the set was finished.
    case incomplete(folder: String, index: Int)

    public var category: FailureCategory {
        switch self {
        case .otherWork, .foreignFiles: .usage
        case .incomplete: .failed
        default: .badData
        }
    }

    public var summary: String {
        switch self {
        case .unfinished: "the folder has no manifest: it is unfinished work"
        case .notAShardSet: "the folder is not a shard set: it has no manifest.json"
        case .damagedManifest(_, let detail): "the manifest cannot be trusted: \(detail)"
        case .unsupportedVersion(_, let found):
            "the shard set has format version \(found), this tool reads versions "
                + "\(Manifest.readableFormatVersions.lowerBound) to \(Manifest.readableFormatVersions.upperBound)"
        case .wrongKind(_, let found, let expected):
            "this is a shard set of the kind \(found.rawValue), not \(expected.rawValue)"
        case .missingShard: "a shard that the manifest lists is missing"
        case .wrongSize(_, let expected, let found):
            "the shard has \(found) bytes, but the manifest states \(expected)"
        case .wrongHash: "the shard's SHA-256 is not the one in the manifest: its bytes have changed"
        case .notAShard(_, let detail): "the file is not the shard that was expected: \(detail)"
        case .otherWork(_, let difference, _): "the output folder holds other work: \(difference)"
        case .foreignFiles: "the output folder is not empty and holds no work of this tool"
        case .constraint(_, let detail): "a row breaks a rule of the shard: \(detail)"
        case .incomplete(_, let index): "shard \(index) was not written, so the set cannot be finished"
        }
    }

    private static func stage(of kind: ShardKind) -> String {
        switch kind {
        case .corpus: "ingest"
        case .candidates: "generate"
        case .rewards: "score"
        case .pairs: "pairs"
        }
    }

    public var location: String? {
        switch self {
        case .unfinished(let path), .notAShardSet(let path), .damagedManifest(let path, _),
            .unsupportedVersion(let path, _), .wrongKind(let path, _, _), .missingShard(let path),
            .wrongSize(let path, _, _), .wrongHash(let path), .notAShard(let path, _),
            .otherWork(let path, _, _),
            .foreignFiles(let path), .constraint(let path, _), .incomplete(let path, _):
            path
        }
    }

    /// A set that was finished once and is not whole any more.
    var isDamage: Bool {
        switch self {
        case .damagedManifest, .missingShard, .wrongSize, .wrongHash, .notAShard: true
        default: false
        }
    }

    public var hint: String? {
        switch self {
        case .unfinished: "run the command that was writing it again: it goes on where it stopped"
        case .notAShardSet: "give the folder that the earlier stage wrote as --output"
        case .unsupportedVersion: "make the shard set again, or use the version of this tool that wrote it"
        case .damagedManifest, .missingShard, .wrongSize, .wrongHash, .notAShard:
            "copy the shard set again from where it is whole, or delete the folder and run the stage again"
        case .otherWork(_, _, let isComplete):
            isComplete
                ? "choose another --output: this one is a finished set"
                : "choose another --output, or delete the unfinished work in this one"
        case .foreignFiles: "choose another --output: an empty folder, or one that is not there yet"
        case .wrongKind(_, _, let expected):
            "give the folder that `align-data \(ShardError.stage(of: expected))` wrote"
        case .constraint, .incomplete: nil
        }
    }
}
