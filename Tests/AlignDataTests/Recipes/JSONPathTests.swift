import Testing

@testable import AlignData

@Suite struct JSONPathTests {
    private static let paths: [(String, [JSONPath.Step])] = [
        ("a", [.key("a")]), ("a.b", [.key("a"), .key("b")]),
        ("a[0][*].b", [.key("a"), .index(0), .all, .key("b")]), ("[2]", [.index(2)]), (".", []),
        ("['a.b']", [.key("a.b")]), ("[\"a.b\"].c", [.key("a.b"), .key("c")]),
        ("\"a.b\".c", [.key("a.b"), .key("c")]), ("x.\"a.b\"[1]", [.key("x"), .key("a.b"), .index(1)]),
        ("x['*']", [.key("x"), .key("*")]), (#"['it\'s']"#, [.key("it's")]), ("['']", [.key("")]),
        ("my key", [.key("my key")]), ("it's", [.key("it's")]),
    ]

    @Test("a path is read step by step", arguments: paths)
    func steps(text: String, steps: [JSONPath.Step]) {
        #expect(JSONPath(text)?.steps == steps && JSONPath(text)?.isOuter == false)
    }

    @Test(
        "what is no path is none",
        arguments: [
            "", "a.", ".a", "a..b", "a[", "a[x]", "a[-1]", "a[0]b", "['a", "\"a", "a.[0]", "['a'", "['a'x]",
        ])
    func none(text: String) { #expect(JSONPath(text) == nil) }

    @Test("a caret leads back to the outer record", arguments: ["^.a", "^['a']"])
    func outer(text: String) {
        #expect(JSONPath(text)?.isOuter == true && JSONPath(text)?.steps == [.key("a")])
        #expect(JSONPath("^")?.steps == [] && JSONPath("^")?.isOuter == true)
    }

    @Test(
        "a key is written so that its path leads to it",
        arguments: ["a", "a.b", "a[0]", "it's", "\\", "a?", ".", "^.a", "\"", ""])
    func written(key: String) {
        let path = JSONPath(JSONPath.written(key: key))
        #expect(path?.steps == [.key(key)] && path?.isOuter == false)
    }
}
