import CLibArchive
import Foundation

/// Where the bytes of an archive come from.
public enum ArchiveInput {
    case file(path: FileSystemPath)
    case memory([UInt8])
    /// Handed out from front to back alone; enough for all formats but 7z. A zip is then read without the index at its
    /// end, by the headers before its members: a link that only the index tells apart comes out as a file that names its
    /// target.
    case stream(() throws -> [UInt8])
}

/// Streams the members of an archive, one after the other; nothing is unpacked to disk.
///
///     while let member = try reader.next() {
///         while case let bytes = try reader.read(), !bytes.isEmpty { … }
///     }
///
/// Only regular files under safe names come out; the rest is counted in `skipped`. After
/// `ArchiveError.damaged` or `.overLimit`, or an error of the stream that it reads, the archive has no more
/// members; after any other error `next()` may be called again.
public final class ArchiveReader {
    /// The archive as errors name it.
    public let name: String
    /// Members passed over, by reason.
    public private(set) var skipped: [ArchiveMember.Skipped: Int] = [:]
    /// Uncompressed bytes handed out, all members together.
    public private(set) var bytesOut = 0

    private static let maxChunkBytes = 1 << 18
    private let handle: OpaquePointer
    private let limits: ArchiveLimits
    private let format: ArchiveFormat
    private var current: String?
    private var currentOffset = 0
    private var pending = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Where `pending` belongs within the member.
    private var pendingOffset = 0
    private var members = 0
    private var isFinished = false
    /// libarchive has handed out a header and not yet looked for the next.
    private var isInMember = false

    private let feed: ArchiveFeed
    /// Told of each member that is passed over, by its name where it has one.
    var onSkip: ((ArchiveMember.Skipped, _ name: String?) -> Void)?

    /// - Parameters:
    ///   - path: the file.
    ///   - name: how errors name it (relative to the source, never absolute).
    public convenience init(
        path: String, name: String, format: ArchiveFormat, limits: ArchiveLimits = ArchiveLimits()
    ) throws {
        try self.init(.file(path: FileSystemPath(path)), name: name, format: format, limits: limits)
    }

    public init(
        _ input: ArchiveInput, name: String, format: ArchiveFormat, limits: ArchiveLimits = ArchiveLimits()
    ) throws {
        feed = try ArchiveFeed(input, name: name)
        guard let handle = archive_read_new() else {
            throw ArchiveError.cannotOpen(archive: name, reason: "out of memory")
        }
        self.handle = handle
        self.name = name
        self.limits = limits
        self.format = format
        // Named one by one: `all` includes filters that run external programs, and formats that take any text
        // file.
        archive_read_support_filter_gzip(handle)
        archive_read_support_filter_bzip2(handle)
        archive_read_support_filter_xz(handle)
        archive_read_support_filter_lzma(handle)
        archive_read_support_filter_zstd(handle)
        archive_read_support_filter_lz4(handle)
        switch format {
        case .stream:
            archive_read_support_format_raw(handle)
        case .archive:
            archive_read_support_format_tar(handle)
            archive_read_support_format_gnutar(handle)
            archive_read_support_format_zip(handle)
            archive_read_support_format_7zip(handle)
            archive_read_support_format_cpio(handle)
            archive_read_support_format_ar(handle)
        }
        if feed.open(handle) != ARCHIVE_OK {
            isFinished = true
            openingFault = archive_errno(handle)
        }
    }

    /// Recognising the format is part of opening in libarchive; the fault is thrown where a damaged header
    /// would be.
    private var openingFault: Int32?

    deinit { archive_read_free(handle) }

    /// Bytes of the file consumed so far.
    public var archiveBytesRead: Int { Int(max(0, archive_filter_bytes(handle, -1))) }

    /// The next regular file, or `nil` at the end.
    public func next() throws -> ArchiveMember? {
        current = nil
        currentOffset = 0
        pending = UnsafeRawBufferPointer(start: nil, count: 0)
        if let code = openingFault {
            openingFault = nil
            if let error = feed.takeError() { throw error }
            throw damage(code: code)
        }
        while !isFinished {
            var entry: OpaquePointer?
            let end = try endOfTarMember()
            let status = UTF8Locale.with { archive_read_next_header(handle, &entry) }
            if status == ARCHIVE_EOF {
                // A tar ends with two blocks of zeros: this one was cut between two members.
                if let end, end == archive_filter_bytes(handle, 0) {
                    isFinished = true
                    throw damage(code: ARCHIVE_EOF)
                }
                break
            }
            if status == ARCHIVE_RETRY { continue }
            guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry else {
                isFinished = true
                if let error = feed.takeError() { throw error }
                throw damage(code: archive_errno(handle))
            }
            isInMember = true
            members += 1
            if members > limits.maxMembers { throw overLimit("members", limits.maxMembers) }
            // What is called compressed and is not would pass as it stands.
            if case .stream = format, archive_filter_count(handle) < 2 {
                isFinished = true
                throw damage(code: ARCHIVE_FATAL)
            }
            if let member = UTF8Locale.with({ admit(entry) }) {
                current = member.name
                if archive_entry_is_data_encrypted(entry) != 0 {
                    throw ArchiveError.encrypted(archive: name, member: member.name)
                }
                return member
            }
        }
        isFinished = true
        return nil
    }

    /// Where the last member of a tar ends in the unfolded archive; nothing of it is left to read. `nil` of other formats.
    private func endOfTarMember() throws -> Int64? {
        defer { isInMember = false }
        guard isInMember, archive_format(handle) & ARCHIVE_FORMAT_BASE_MASK == ARCHIVE_FORMAT_TAR else {
            return nil
        }
        guard archive_read_data_skip(handle) >= ARCHIVE_WARN else {
            isFinished = true
            if let error = feed.takeError() { throw error }
            throw damage(code: archive_errno(handle))
        }
        return archive_filter_bytes(handle, 0)
    }

    /// Some bytes of the current member, at most 256 KiB; empty at its end.
    ///
    /// Where a compressed archive breaks off, libarchive withholds the last 64 KiB that could still be
    /// decompressed.
    public func read() throws -> [UInt8] {
        guard let member = current, !isFinished else { return [] }
        var chunk: [UInt8] = []
        while chunk.isEmpty {
            if pending.isEmpty {
                let status = readBlock()
                if status == ARCHIVE_EOF {
                    try requireEnd()
                    return []
                }
                if status == ARCHIVE_RETRY { continue }
                if let error = feed.takeError() {
                    isFinished = true
                    throw error
                }
                // A warning here is a checksum or a size that does not match.
                guard status == ARCHIVE_OK else {
                    let code = archive_errno(handle)
                    if status == ARCHIVE_FATAL {
                        isFinished = true
                        throw damage(code: code)
                    }
                    current = nil
                    throw ArchiveError.memberDamaged(
                        archive: name, member: member, memberOffset: currentOffset, code: code)
                }
            }
            if pendingOffset > currentOffset {
                // A hole in a sparse file.
                chunk = [UInt8](repeating: 0, count: min(pendingOffset - currentOffset, Self.maxChunkBytes))
            } else {
                chunk = Array(pending.prefix(Self.maxChunkBytes))
                pending = UnsafeRawBufferPointer(rebasing: pending.dropFirst(chunk.count))
                pendingOffset += chunk.count
            }
            currentOffset += chunk.count
            bytesOut += chunk.count
        }
        try holdLimits()
        return chunk
    }

    /// libarchive's own memory, valid until its next call. (Its `archive_read_data` copies, but forgets what
    /// it has copied when an error comes after it.)
    private func readBlock() -> Int32 {
        var block: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        let status = archive_read_data_block(handle, &block, &count, &offset)
        let isBlock = status == ARCHIVE_OK && block != nil
        pending = UnsafeRawBufferPointer(start: isBlock ? block : nil, count: isBlock ? count : 0)
        pendingOffset = max(Int(offset), currentOffset)
        return status
    }

    /// libarchive takes bytes after a compressed stream that it does not know for its end. Zeros are padding, which
    /// gzip allows; anything else is a later part of the file that nobody could read.
    private func requireEnd() throws {
        guard case .stream = format, archive_filter_count(handle) > 1 else { return }
        if try feed.hasContent(from: archiveBytesRead) {
            isFinished = true
            throw damage(code: ARCHIVE_FATAL)
        }
    }

    private func admit(_ entry: OpaquePointer) -> ArchiveMember? {
        if case .stream(let member) = format { return ArchiveMember(name: member, statedSize: nil) }
        guard let bytes = archive_entry_pathname(entry) ?? archive_entry_pathname_utf8(entry) else {
            return skip(.undecodableName, nil)
        }
        let decoded = ForeignName.decoded(bytes)
        let name = ArchiveMember.normalized(decoded.text)
        if archive_entry_hardlink(entry) != nil || archive_entry_symlink(entry) != nil {
            return skip(.link, name)
        }
        // Type bits of st_mode, as POSIX numbers them.
        switch UInt32(archive_entry_filetype(entry)) & 0o170000 {
        case 0o100000: break
        // Some writers of 7z state none for a file.
        case 0 where !name.hasSuffix("/"): break
        case 0, 0o040000: return nil
        case 0o120000: return skip(.link, name)
        default: return skip(.special, name)
        }
        if let fault = ArchiveMember.fault(ofName: name, maxBytes: limits.maxNameBytes) {
            return skip(fault, name)
        }
        let size = archive_entry_size_is_set(entry) != 0 ? Int(archive_entry_size(entry)) : nil
        return ArchiveMember(name: name, statedSize: size, isNameEscaped: decoded.isEscaped)
    }

    private func skip(_ reason: ArchiveMember.Skipped, _ name: String?) -> ArchiveMember? {
        skipped[reason, default: 0] += 1
        onSkip?(reason, name)
        return nil
    }

    private func holdLimits() throws {
        if bytesOut > limits.maxBytes { throw overLimit("bytes", limits.maxBytes) }
        if bytesOut > limits.expansionGrace, bytesOut / limits.maxExpansion > archiveBytesRead {
            throw overLimit("expansion", limits.maxExpansion)
        }
    }

    private func overLimit(_ limit: String, _ value: Int) -> ArchiveError {
        isFinished = true
        return .overLimit(
            archive: name, member: current, memberOffset: currentOffset, limit: limit, value: value)
    }

    private func damage(code: Int32) -> ArchiveError {
        .damaged(
            archive: name, member: current, memberOffset: currentOffset, archiveOffset: archiveBytesRead,
            code: code)
    }
}
