/// What can go wrong with an archive. All cases but `cannotOpen` are bad data, which the caller turns into
/// one rejection and goes on.
public enum ArchiveError: DescribedError, Hashable {
    /// The file system refused the archive.
    case cannotOpen(archive: String, reason: String)
    /// Nothing after this point can be read: truncated, damaged, or not the archive that its name promises.
    /// `memberOffset` is the member's bytes read so far, `archiveOffset` the bytes of the file consumed.
    case damaged(archive: String, member: String?, memberOffset: Int, archiveOffset: Int, code: Int32)
    /// This member cannot be trusted (for instance its checksum does not match), the next ones may.
    case memberDamaged(archive: String, member: String, memberOffset: Int, code: Int32)
    /// The member's data are encrypted.
    case encrypted(archive: String, member: String)
    /// One of the limits of `ArchiveLimits` was reached.
    case overLimit(archive: String, member: String?, memberOffset: Int, limit: String, value: Int)

    public var category: FailureCategory {
        if case .cannotOpen = self { return .inputOutput }
        return .badData
    }

    /// A stable code in kebab case, for rejections.
    public var reason: String {
        switch self {
        case .cannotOpen, .damaged, .memberDamaged: "archive-damaged"
        case .encrypted: "archive-encrypted"
        case .overLimit: "archive-over-limit"
        }
    }

    public var summary: String {
        switch self {
        case .cannotOpen(_, let reason): "the archive cannot be opened: \(reason)"
        case .damaged(_, let member?, let memberOffset, let archiveOffset, _):
            "the archive is damaged or cut short in member \(member) after its byte \(memberOffset), "
                + "at byte \(archiveOffset) of the archive"
        case .damaged(_, nil, _, let archiveOffset, _):
            "the archive is damaged, cut short or of another format at byte \(archiveOffset)"
        case .memberDamaged(_, let member, let memberOffset, _):
            "member \(member) is damaged: it does not match its checksum or cannot be decoded "
                + "after its byte \(memberOffset)"
        case .encrypted(_, let member): "member \(member) is encrypted"
        case .overLimit(_, _, _, let limit, let value): "the archive exceeds the limit \(limit) of \(value)"
        }
    }

    public var location: String? {
        switch self {
        case .cannotOpen(let archive, _): archive
        case .damaged(let archive, let member, _, _, _): member.map { "\(archive)!\($0)" } ?? archive
        case .memberDamaged(let archive, let member, _, _), .encrypted(let archive, let member):
            "\(archive)!\(member)"
        case .overLimit(let archive, let member, _, _, _): member.map { "\(archive)!\($0)" } ?? archive
        }
    }

    public var hint: String? {
        switch self {
        case .cannotOpen: nil
        case .damaged, .memberDamaged: "fetch the archive again and compare its published checksum"
        case .encrypted: "decrypt the archive first"
        case .overLimit: "raise the limit if the archive can be trusted"
        }
    }

    /// The member it happened in, and how many of its bytes had been read.
    public var position: (member: String?, byteOffset: Int?) {
        switch self {
        case .cannotOpen: (nil, nil)
        case .damaged(_, let member, let memberOffset, let archiveOffset, _):
            (member, member == nil ? archiveOffset : memberOffset)
        case .memberDamaged(_, let member, let memberOffset, _): (member, memberOffset)
        case .encrypted(_, let member): (member, 0)
        case .overLimit(_, let member, let memberOffset, _, _): (member, memberOffset)
        }
    }
}
