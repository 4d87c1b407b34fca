import Testing

@testable import AlignData

@Suite struct MarkupTextTests {
    @Test(
        "HTML becomes what a person reads",
        arguments: [
            (
                "<h1>Title</h1><p>One\n two&nbsp;<b>three</b>.</p><p>Four<br/>five</p>",
                "Title\n\nOne two three.\n\nFour\nfive"
            ),
            ("<ul><li>a</li><li>b</li></ul>after", "a\nb\n\nafter"),
            ("<style>p {}</style><script>x()</script>seen<!-- not -->", "seen"),
            ("1 &lt; 2 &amp;&eacute;", "1 < 2 &é"),
            ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n3"),
            ("<p>unclosed <b>tags", "unclosed tags"), ("", ""), ("plain", "plain"),
        ])
    func html(html: String, text: String) {
        #expect(MarkupText.readable(html: html) == text)
    }

    @Test(
        "wiki markup becomes what a person reads",
        arguments: [
            ("{{Infobox|a={{b}}}}'''Bold''' and ''italic''.", "Bold and italic."),
            ("A [[page|text]] and [[Page]]s.[[File:x.png|thumb|a [[b]]]][[Category:C]]", "A text and Pages."),
            ("x<ref name=\"a\">cite</ref>y<ref name=\"b\" />z<!-- c -->", "xyz"),
            ("[http://example.org a site] [http://example.org]", "a site "),
            ("{| class\n|-\n| cell\n|}\n== Heading ==\ntext", "== Heading ==\ntext"),
            ("__NOTOC__a__b", "a__b"), ("a {{ unclosed", "a {{ unclosed"), ("a &nbsp; b &lt; c", "a   b < c"),
            ("[[unclosed", "unclosed"), ("1 < 2 [3]", "1 < 2 [3]"), ("<ref>unclosed", "unclosed"),
        ])
    func wiki(wiki: String, text: String) {
        #expect(WikiText.readable(wiki) == text)
    }

    @Test("markup that opens and never closes takes no time to speak of")
    func unclosed() {
        for piece in ["[[", "{{", "<ref>", "<!-", "[http ", "{|", "__A"] {
            let text = String(repeating: piece, count: 2000)
            #expect(WikiText.readable(text).utf8.count <= text.utf8.count)
        }
        let deep = MarkupText.readable(html: String(repeating: "<div>", count: 5000) + "x")
        #expect(deep.utf8.count <= 1)
    }
}
