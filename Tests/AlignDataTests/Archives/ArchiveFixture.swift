import CLibArchive
import Foundation

@testable import AlignData

/// Archives made by libarchive's writing half.
enum ArchiveFixture {
    enum Format: CaseIterable {
        case tar, tarGzip, tarBzip2, tarXZ, tarZstandard, zip, sevenZip, cpio

        var name: String {
            switch self {
            case .tar: "posts.tar"
            case .tarGzip: "posts.tar.gz"
            case .tarBzip2: "posts.tar.bz2"
            case .tarXZ: "posts.tar.xz"
            case .tarZstandard: "posts.tar.zst"
            case .zip: "posts.zip"
            case .sevenZip: "posts.7z"
            case .cpio: "posts.cpio"
            }
        }
    }

    enum Member {
        case file(String, [UInt8])
        case symlink(String, to: String)
        case fifo(String)

        static func file(_ name: String, _ text: String) -> Member { .file(name, Array(text.utf8)) }
    }

    struct Failed: Error { var what: String }

    /// Writes an archive to `path`.
    static func write(
        _ members: [Member], as format: Format, to path: String, makingFolder: Bool = false
    ) throws {
        if makingFolder {
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        }
        try UTF8Locale.with {
            guard let handle = archive_write_new() else { throw Failed(what: "memory") }
            defer { archive_write_free(handle) }
            switch format {
            case .tar, .tarGzip, .tarBzip2, .tarXZ, .tarZstandard:
                archive_write_set_format_pax_restricted(handle)
            case .zip: archive_write_set_format_zip(handle)
            case .sevenZip: archive_write_set_format_7zip(handle)
            case .cpio: archive_write_set_format_cpio_newc(handle)
            }
            switch format {
            case .tarGzip: archive_write_add_filter_gzip(handle)
            case .tarBzip2: archive_write_add_filter_bzip2(handle)
            case .tarXZ: archive_write_add_filter_xz(handle)
            case .tarZstandard: archive_write_add_filter_zstd(handle)
            case .tar, .zip, .sevenZip, .cpio: break
            }
            try check(archive_write_open_filename(handle, path), handle)
            for member in members { try write(member, to: handle) }
            try check(archive_write_close(handle), handle)
        }
    }

    enum Filter: CaseIterable {
        case gzip, bzip2, xz, zstandard, lz4

        var suffix: String {
            switch self {
            case .gzip: ".gz"
            case .bzip2: ".bz2"
            case .xz: ".xz"
            case .zstandard: ".zst"
            case .lz4: ".lz4"
            }
        }
    }

    /// A single compressed stream, as gzip writes it.
    static func gzip(_ bytes: [UInt8], to path: String) throws { try compress(bytes, by: .gzip, to: path) }

    static func compress(_ bytes: [UInt8], by filter: Filter, to path: String) throws {
        guard let handle = archive_write_new() else { throw Failed(what: "memory") }
        defer { archive_write_free(handle) }
        archive_write_set_format_raw(handle)
        switch filter {
        case .gzip: archive_write_add_filter_gzip(handle)
        case .bzip2: archive_write_add_filter_bzip2(handle)
        case .xz: archive_write_add_filter_xz(handle)
        case .zstandard: archive_write_add_filter_zstd(handle)
        case .lz4: archive_write_add_filter_lz4(handle)
        }
        try check(archive_write_open_filename(handle, path), handle)
        try write(.file("data", bytes), to: handle)
        try check(archive_write_close(handle), handle)
    }

    private static func write(_ member: Member, to handle: OpaquePointer) throws {
        guard let entry = archive_entry_new() else { throw Failed(what: "memory") }
        defer { archive_entry_free(entry) }
        archive_entry_set_perm(entry, 0o644)
        switch member {
        case .file(let name, let bytes):
            archive_entry_copy_pathname(entry, name)
            archive_entry_set_filetype(entry, 0o100000)
            archive_entry_set_size(entry, Int64(bytes.count))
            try check(archive_write_header(handle, entry), handle)
            let written = bytes.withUnsafeBytes { archive_write_data(handle, $0.baseAddress, $0.count) }
            if written != bytes.count { throw Failed(what: "data") }
        case .symlink(let name, let target):
            archive_entry_copy_pathname(entry, name)
            archive_entry_set_filetype(entry, 0o120000)
            archive_entry_copy_symlink(entry, target)
            try check(archive_write_header(handle, entry), handle)
        case .fifo(let name):
            archive_entry_copy_pathname(entry, name)
            archive_entry_set_filetype(entry, 0o010000)
            try check(archive_write_header(handle, entry), handle)
        }
    }

    private static func check(_ status: Int32, _ handle: OpaquePointer) throws {
        guard status < ARCHIVE_WARN else { return }
        throw Failed(what: archive_error_string(handle).map { String(cString: $0) } ?? "unknown")
    }
}
