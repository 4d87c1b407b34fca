import Foundation

extension ArchiveFormat {
    /// The file system refuses a file's first bytes.
    struct Unreadable: Error {
        var reason = String(cString: strerror(errno))
    }

    /// Told from a file's first bytes. Its name decides where they say nothing and are no text (a damaged archive), and
    /// how the only member of a compressed stream is called.
    /// - Parameters:
    ///   - start: the first `FileSignature.length` bytes, or all there are.
    ///   - inside: the first bytes that a compressed stream unfolds into; `nil` where that fails.
    init?(name: String, start: ArraySlice<UInt8>, inside: () -> ArraySlice<UInt8>?) {
        let named = ArchiveFormat(path: name)
        switch FileSignature(start) {
        case .archive, .sevenZip: self = .archive
        case .compressed:
            guard let first = inside() else {
                self = named ?? .stream(member: Self.member(of: name))
                return
            }
            let isArchive = FileSignature(first) == .archive
            let isDamaged = named == .archive && (first.isEmpty || FileSignature.isBinary(first))
            self = isArchive || isDamaged ? .archive : .stream(member: Self.member(of: name))
        case nil:
            guard let named, start.isEmpty ? named == .archive : FileSignature.isBinary(start) else {
                return nil
            }
            self = named
        }
    }

    /// Of a file on disk, whose first bytes are read. A pipe or a device, which could be read only once, is known by
    /// its name alone.
    /// - Throws: when they cannot be read.
    init?(of path: FileSystemPath, name: String) throws(Unreadable) {
        let start = path.withCString { path -> Result<[UInt8]?, Unreadable> in
            var status = stat()
            guard let path, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                return .success(nil)
            }
            let descriptor = open(path, O_RDONLY)
            guard descriptor >= 0 else { return .failure(Unreadable()) }
            defer { close(descriptor) }
            var failure: Unreadable?
            let bytes = [UInt8](unsafeUninitializedCapacity: FileSignature.length) { buffer, count in
                count = read(descriptor, buffer.baseAddress, buffer.count)
                guard count < 0 else { return }
                failure = Unreadable()
                count = 0
            }
            return failure.map { .failure($0) } ?? .success(bytes)
        }
        guard let start = try start.get() else {
            guard let named = ArchiveFormat(path: name) else { return nil }
            self = named
            return
        }
        self.init(name: name, start: start[...]) { Self.unfolded(.file(path: path)) }
    }

    /// The first bytes of what a compressed stream unfolds into; `nil` where that fails.
    static func unfolded(_ input: ArchiveInput) -> ArraySlice<UInt8>? {
        guard let reader = try? ArchiveReader(input, name: "", format: .stream(member: "")),
            let member = try? reader.next(), member.name.isEmpty, let bytes = try? reader.read()
        else { return nil }
        return bytes.prefix(FileSignature.length)
    }

    private static func member(of name: String) -> String {
        if case .stream(let member)? = ArchiveFormat(path: name) { return member }
        return name.split(separator: "/").last.map(String.init) ?? name
    }
}
