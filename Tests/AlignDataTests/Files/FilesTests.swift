import Foundation
import Testing

@testable import AlignData

@Suite struct FilesTests {
    @Test func aFileIsRemovedAndAFolderOnlyWhereATreeIsMeant() throws {
        let folder = try TemporaryFolder()
        let inner = folder.file("inner")
        try Files.makeFolder(inner)
        try Files.replace(inner + "/kept", with: Data("kept".utf8))
        #expect(throws: FileError.self) { try Files.remove(inner) }
        #expect(try Files.read(inner + "/kept") == Data("kept".utf8))
        try Files.remove(inner + "/kept")
        #expect(try Files.entries(of: inner) == [])
        try Files.removeTree(inner)
        #expect(!Files.exists(inner))
        // What is not there is removed already, and is no folder.
        try Files.remove(inner)
        try Files.removeTree(inner)
        #expect(try Files.names(in: inner) == nil)
        #expect(throws: FileError("list the folder", inner, code: ENOENT)) { try Files.entries(of: inner) }
    }
}
