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
            ("__NOTOC__a__b", "a__b"), ("a {{ unclosed", "a unclosed"), ("a &nbsp; b &lt; c", "a   b < c"),
            // What has no end costs itself alone.
            (
                "A. {{Infobox|name=B\n| x = [[y]]\n\n== H ==\nText [[P|p]]{{small|c}}.",
                "A. \n\n== H ==\nText p."
            ),
            ("a {{nowrap|b c}} {{nowrap|d [[e]]", "a d e"), ("x {{Infobox\n| a = b\n| c\ntext", "x \ntext"),
            ("{| class\n| a || b\n\nText '''c'''.\n== H ==\nd", "Text c.\n== H ==\nd"),
            ("{|\n| {{a|}}\n|}\nb", "b"), ("{{a|\n{|\n|x\n|}\n}}b", "b"), ("[[a {{b]] c", "a b c"),
            ("a [[b|c {{d]] e", "a c d e"), ("a <!-- b", "a  b"), ("}} a ]] b |}", "}} a ]] b |}"),
            // Words stay apart.
            ("a<br>b<br />c<BR/>d", "a\nb\nc\nd"), ("<div>a</div><div>b</div>", "a\n\nb\n"),
            ("<table><tr><td>a</td><td>b</td></tr></table>", " a  b \n"),
            ("x<sup>2</sup> and <b>y</b>", "x2 and y"),
            // Entities, also those inside.
            ("A&#8211;B&#x2013;C 5&#160;km 3&times;4 caf&eacute;&hellip;", "A–B–C 5 km 3×4 café…"),
            ("[[a|b&nbsp;&amp;c]] &bogus; &#0; & &apos;", "b &c &bogus; &#0; & '"), ("&amp;lt;", "&lt;"),
            // Text that is no markup.
            ("<nowiki>{{name}}</nowiki> and <nowiki>[[x]]</nowiki>", "{{name}} and [[x]]"),
            ("<pre>a ''b''</pre>c", "a ''b''\nc"), ("<nowiki/>a<nowiki />", "a"), ("<nowiki>a", "a"),
            // Markup inside a label.
            ("[[A|''b'' {{convert|5|km}}]].", "b ."), ("[[A|b {{c|d}} '''e''']]", "b e"),
            ("[http://x.org ''a'' [[b|c]]] d", "a c d"), ("[[:Category:X]] [[a|b|c]]", "Category:X b|c"),
            ("[[Fichier:a.png|b [[c]] {{d|e}}]]f [[Файл:a|b]]g", "f g"),
            // Parameters show what stands for them where nobody fills them in.
            ("v {{{1|default}}} {{{2}}} w", "v default w"), ("{{{1|{{a}}b}}}", "b"),
            // References go, whatever they hold; a list of them is another element.
            ("a<ref>{{cite}}</ref><references>x</references>b<references/>c", "abc"),
            ("l''''a'''b'' ''''' c", "l'ab  c"), ("it's", "it's"),
            ("[[unclosed", "unclosed"), ("1 < 2 [3]", "1 < 2 [3]"), ("<ref>unclosed", "unclosed"),
        ])
    func wiki(wiki: String, text: String) {
        #expect(WikiText.readable(wiki) == text)
    }

    @Test("markup that opens and never closes takes no time to speak of")
    func unclosed() {
        for piece in [
            "[[", "{{", "<ref>", "<!-", "[http ", "{|", "__A", "\n{|", "{{a|", "[[a|", "{{{", "{{{1|",
            "<nowiki>", "<!--", "<a ",
            "[[a|<ref>", "]]", "}}", "\n|}", ":", "[[a|b]]{{",
        ] {
            let text = String(repeating: piece, count: 2000)
            #expect(WikiText.readable(text).utf8.count <= text.utf8.count)
        }
        let deep = MarkupText.readable(html: String(repeating: "<div>", count: 5000) + "x")
        #expect(deep.utf8.count <= 1)
    }
}
