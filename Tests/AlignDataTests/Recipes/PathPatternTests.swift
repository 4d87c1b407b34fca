import Testing

@testable import AlignData

@Suite struct PathPatternTests {
    @Test(
        "wildcards stay within a folder, double ones do not",
        arguments: [
            ("*.jsonl", "a.jsonl", true), ("*.jsonl", "d/a.jsonl", false), ("**.jsonl", "d/a.jsonl", true),
            ("**/a.txt", "a.txt", true), ("**/a.txt", "x/y/a.txt", true), ("**/a.txt", "xa.txt", false),
            ("a/**/b", "a/b", true), ("a/**/b", "a/x/y/b", true), ("?.txt", "é.txt", true),
            ("?.txt", "/.txt", false),
            ("a*c*e", "abcde", true), ("a*c*e", "abcd", false), ("a", "a/", false),
        ])
    func wildcards(pattern: String, path: String, matches: Bool) throws {
        #expect((try PathPattern(pattern).match(path) != nil) == matches)
    }

    @Test("names capture, and the same name captures the same text")
    func captures() throws {
        let pattern = try PathPattern("**/{split}/documents/{key}.txt")
        #expect(
            try #require(pattern.match("texts/train/documents/a.b.txt")) == ["split": "train", "key": "a.b"])
        #expect(pattern.match("texts/documents/.txt") == nil)
        let twice = try PathPattern("{k}/{k}.*.txt")
        #expect(try #require(twice.match("a.1/a.1.x.txt")) == ["k": "a.1"])
        #expect(twice.match("a/b.x.txt") == nil)
    }

    @Test("what is not a pattern is refused", arguments: ["", "{", "{}", "a}", "{a b}", "{a/b}"])
    func faults(text: String) {
        #expect(throws: PathPattern.Fault.self) { _ = try PathPattern(text) }
    }

    @Test("with an exclamation mark a pattern speaks of members of some archives, without one of any file")
    func archives() throws {
        let inner = try FilePattern("{set}.zip!{key}.xml")
        #expect(inner.match(["a.xml"]) == nil)
        #expect(inner.opens(["a.zip"]))
        #expect(!inner.opens(["a.7z"]))
        #expect(inner.match(["a.zip", "k.xml"]) == ["set": "a", "key": "k"])
        #expect(try FilePattern("{a}.zip!{a}.xml").match(["x.zip", "y.xml"]) == nil)
        let any = try FilePattern("*.xml")
        #expect(any.match(["a.xml"]) == [:])
        #expect(any.match(["any.tar", "a.xml"]) == [:])
    }
}
