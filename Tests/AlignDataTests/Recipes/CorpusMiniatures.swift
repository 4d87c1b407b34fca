@testable import AlignData

/// A few records of each corpus that a built-in recipe reads, invented for the tests, in the layout in which the
/// corpus is published.
struct CorpusMiniature {
    /// The recipe.
    var name: String
    /// What is published: files, or one archive.
    var package: Package
    /// By the bytes of paths, as the documents come out.
    var documents: [String]
    var references: [[String]]
    var ids: [String?]
    var splits: [Split?]
    /// Other fields of the first record.
    var fields: [String: String] = [:]
    var title: String?
    var left: [String: Int] = [:]

    enum Package {
        case files([(String, [UInt8])])
        case archive(String, ArchiveFixture.Format, [(String, [UInt8])])
        /// Compressed, a file each.
        case compressed(String, ArchiveFixture.Filter, [UInt8])
    }

    private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    static let all: [CorpusMiniature] = [
        CorpusMiniature(
            name: "tldr",
            package: .files([
                (
                    "tldr_3_filtered/train.jsonl",
                    text(
                        """
                        {"id": "t3_1", "subreddit": "tea", "title": "Cold tea", "post": "I made tea.\\nIt got cold.", \
                        "summary": "My tea got cold."}

                        """)
                )
            ]), documents: ["I made tea.\nIt got cold."], references: [["My tea got cold."]], ids: ["t3_1"],
            splits: [.train], fields: ["subreddit": "tea"], title: "Cold tea"),
        CorpusMiniature(
            name: "tldr-trl",
            package: .files([
                (
                    "tldr/train.jsonl",
                    text(
                        "{\"prompt\": \"SUBREDDIT: r/tea\\n\\nPOST: x\\n\\nTL;DR:\", \"completion\": \" Short.\"}\n"
                    )
                )
            ]), documents: ["SUBREDDIT: r/tea\n\nPOST: x\n\nTL;DR:"], references: [["Short."]], ids: [nil],
            splits: [.train]),
        CorpusMiniature(
            name: "webis-tldr-17",
            package: .archive(
                "corpus-webis-tldr-17.zip", .zip,
                [
                    (
                        "corpus-webis-tldr-17.json",
                        text(
                            """
                            {"author": "a", "body": "b", "normalizedBody": "n", "content": "A long comment.", \
                            "content_len": 3, "summary": "short", "summary_len": 1, "id": "c6a", "subreddit": "math", \
                            "subreddit_id": "t5_2"}
                            {"author": "a", "content": "A long post.", "summary": "short too", "id": "c6b", \
                            "title": "A title"}

                            """)
                    )
                ]), documents: ["A long comment.", "A long post."], references: [["short"], ["short too"]],
            ids: ["c6a", "c6b"], splits: [nil, nil]),
        CorpusMiniature(
            name: "cnn-dailymail",
            package: .archive(
                "cnn_stories.tgz", .tarGzip,
                [
                    (
                        "cnn/stories/0a1b.story",
                        text(
                            "(CNN) -- It rained.\n\nA lot.\n\n@highlight\n\nIt rained\n\n@highlight\n\nA lot of it fell"
                        )
                    ), ("cnn/stories/ff00.story", text("No highlight in this one.")),
                ]), documents: ["(CNN) -- It rained.\n\nA lot."],
            references: [["It rained\nA lot of it fell"]],
            ids: ["0a1b"], splits: [nil], left: ["missing-marker": 1]),
        CorpusMiniature(
            name: "xsum",
            package: .archive(
                "XSum-EMNLP18-Summary-Data-Original.tar.gz", .tarGzip,
                [
                    (
                        "bbc-summary-data/10000001.summary",
                        text(
                            """
                            [SN]URL[SN]
                            http://example.org/10000001

                            [SN]TITLE[SN]
                            Rain falls

                            [SN]FIRST-SENTENCE[SN]
                            Rain fell on the town.

                            [SN]RESTBODY[SN]
                            It fell all day.
                            People stayed at home.
                            """)
                    )
                ]), documents: ["It fell all day.\nPeople stayed at home."],
            references: [["Rain fell on the town."]],
            ids: ["10000001"], splits: [nil], title: "Rain falls"),
        CorpusMiniature(
            name: "samsum",
            package: .archive(
                "corpus.7z", .sevenZip,
                [
                    (
                        "train.json",
                        text(
                            """
                            [
                             {"id": "1", "summary": "Ann bakes.", "dialogue": "Ann: I bake.\\r\\nBob: Good."},
                             {"id": "2", "summary": "Bob sleeps.", "dialogue": "Bob: I sleep."}
                            ]
                            """)
                    ), ("val.json", text("[{\"id\": \"3\", \"summary\": \"s\", \"dialogue\": \"Cy: hi\"}]")),
                ]), documents: ["Ann: I bake.\nBob: Good.", "Bob: I sleep.", "Cy: hi"],
            references: [["Ann bakes."], ["Bob sleeps."], ["s"]], ids: ["1", "2", "3"],
            splits: [.train, .train, .validation]),
        CorpusMiniature(
            name: "dialogsum",
            package: .files([
                (
                    "dialogsum.test.jsonl",
                    text(
                        """
                        {"fname": "test_0", "dialogue": "#Person1#: Hi.", "summary1": "a", "topic1": "x", \
                        "summary2": "b", "topic2": "y", "summary3": "c", "topic3": "z"}

                        """)
                ),
                (
                    "dialogsum.train.jsonl",
                    text(
                        "{\"fname\": \"train_0\", \"dialogue\": \"#Person1#: Bye.\", \"summary\": \"d\", \"topic\": \"t\"}\n"
                    )
                ),
            ]), documents: ["#Person1#: Hi.", "#Person1#: Bye."], references: [["a", "b", "c"], ["d"]],
            ids: ["test_0", "train_0"], splits: [.test, .train]),
        CorpusMiniature(
            name: "scitldr",
            package: .files([
                (
                    "SciTLDR-A/dev.jsonl",
                    text(
                        """
                        {"source": ["One sentence.", "Another."], "source_labels": [0, 1], "rouge_scores": [0.1, 0.2], \
                        "paper_id": "p1", "target": ["Short.", "Brief."], "title": "T"}

                        """)
                )
            ]), documents: ["One sentence. Another."], references: [["Short.", "Brief."]], ids: ["p1"],
            splits: [.validation]),
        CorpusMiniature(
            name: "qmsum",
            package: .files([
                (
                    "data/ALL/jsonl/val.jsonl",
                    text(
                        """
                        {"topic_list": [{"topic": "t", "relevant_text_span": [["0", "1"]]}], \
                        "general_query_list": [{"query": "Summarize the whole meeting.", "answer": "All."}], \
                        "specific_query_list": [{"query": "What said A?", "answer": "Hello.", \
                        "relevant_text_span": [["0", "0"]]}], \
                        "meeting_transcripts": [{"speaker": "A", "content": "Hello."}, {"speaker": "B", "content": "Hi."}]}

                        """)
                )
            ]), documents: ["A: Hello.\nB: Hi.", "A: Hello.\nB: Hi."], references: [["All."], ["Hello."]],
            ids: [nil, nil], splits: [.validation, .validation],
            fields: ["question": "Summarize the whole meeting."]),
        CorpusMiniature(
            name: "squality", package: .files(squalityRepository),
            documents: ["Once.\n Twice.", "Once.\n Twice."], references: [["a", "b"], ["c"]],
            ids: ["63-1", "63-2"],
            splits: [.validation, .validation], fields: ["question": "What is the plot?"]),
        CorpusMiniature(
            name: "squality-html",
            package: .files(squalityRepository),
            documents: ["Once\n\nTwice and thrice.", "Once\n\nTwice and thrice."],
            references: [["a", "b"], ["c"]], ids: ["63-1", "63-2"], splits: [.validation, .validation]),
        CorpusMiniature(
            name: "multi-news",
            package: .archive(
                "multi-news-original.zip", .zip,
                [
                    (
                        "multi-news-original/train.src",
                        text("First.NEWLINE_CHAR More. ||||| Second source.\nOther event.\n")
                    ),
                    ("multi-news-original/train.tgt", text("– Both say so.\n– One says so.\n")),
                ]), documents: ["First.\nMore. \n\n Second source.", "Other event."],
            references: [["– Both say so."], ["– One says so."]], ids: [nil, nil], splits: [.train, .train]),
        CorpusMiniature(
            name: "billsum",
            package: .archive(
                "billsum_v4_1.zip", .zip,
                [
                    (
                        "billsum_v4_1/us_test_data_final_OFFICIAL.jsonl",
                        text(
                            """
                            {"bill_id": "113_hr1", "text": "SECTION 1. SHORT TITLE.\\n\\n  This Act.", "summary": "An act.", \
                            "title": "To act.", "text_len": 40, "sum_len": 7}
                            {"text": "SECTION 1.\\nAs republished.", "summary": "Another.", "title": "No id."}

                            """)
                    )
                ]), documents: ["SECTION 1. SHORT TITLE.\n\n  This Act.", "SECTION 1.\nAs republished."],
            references: [["An act."], ["Another."]], ids: ["113_hr1", nil], splits: [.test, .test],
            title: "To act."),
        CorpusMiniature(
            name: "pubmed-arxiv",
            package: .archive(
                "pubmed-dataset.zip", .zip,
                [
                    (
                        "pubmed-dataset/val.txt",
                        text(
                            """
                            {"article_id": "PMC1", "article_text": ["one .", "two ."], "abstract_text": \
                            ["<S> short . </S>", "<S> brief . </S>"], "labels": null, "section_names": ["intro"], \
                            "sections": [["one .", "two ."]]}

                            """)
                    )
                ]), documents: ["one .\ntwo ."], references: [["short . brief ."]], ids: ["PMC1"],
            splits: [.validation]),
        CorpusMiniature(
            name: "pmc",
            package: .archive(
                "oa_noncomm_xml.PMC000xxxxxx.tar.gz", .tarGzip,
                [
                    (
                        "PMC000xxxxxx/PMC13900.nxml",
                        text(
                            """
                            <?xml version="1.0" encoding="UTF-8"?>
                            <!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving and Interchange DTD \
                            v1.3 20210610//EN" "JATS-archivearticle1-3.dtd">
                            <article xmlns:xlink="http://www.w3.org/1999/xlink" xml:lang="en">
                            <front><article-meta><article-id pub-id-type="pmc">13900</article-id>
                            <title-group><article-title>On <italic>tea</italic></article-title></title-group>
                            <abstract><sec><title>Background</title><p>We drink.</p></sec></abstract>
                            <abstract abstract-type="graphical"><p>A picture.</p></abstract></article-meta></front>
                            <body><sec><title>Methods</title><p>We drank
                            <xref ref-type="bibr">[1]</xref> tea.</p><fig><caption><title>Cup</title><p>A cup.</p></caption></fig>
                            <p>Then more.</p></sec></body>
                            </article>
                            """)
                    )
                ]), documents: ["Methods\n\nWe drank\n[1] tea.\n\nThen more."],
            references: [["Background\n\nWe drink."]],
            ids: ["13900"], splits: [nil], title: "On tea"),
        CorpusMiniature(
            name: "medline",
            package: .compressed(
                "pubmed24n0001.xml.gz", .gzip,
                text(
                    """
                    <?xml version="1.0" encoding="utf-8"?>
                    <!DOCTYPE PubmedArticleSet SYSTEM "http://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_240101.dtd">
                    <PubmedArticleSet>
                    <PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">7</PMID><Article>
                    <ArticleTitle>Tea is warm.</ArticleTitle><Abstract><AbstractText Label="AIM">To drink.</AbstractText>
                    <AbstractText>We drank.</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>
                    <PubmedArticle><MedlineCitation><PMID Version="1">8</PMID><Article>
                    <ArticleTitle>No abstract.</ArticleTitle></Article></MedlineCitation></PubmedArticle>
                    <DeleteCitation><PMID Version="1">9</PMID></DeleteCitation>
                    </PubmedArticleSet>
                    """)), documents: ["To drink.\nWe drank."], references: [["Tea is warm."]], ids: ["7"],
            splits: [nil], left: ["unselected": 1]),
        CorpusMiniature(
            name: "mediawiki",
            package: .compressed(
                "xxwiki-20240101-pages-articles.xml.bz2", .bzip2,
                text(
                    """
                    <mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/" version="0.10" xml:lang="xx">
                      <siteinfo><sitename>Wiki</sitename></siteinfo>
                      <page><title>Tea</title><ns>0</ns><id>5</id><revision><id>6</id><text bytes="9" xml:space="preserve">\
                    {{Infobox}}'''Tea''' is a [[drink]].

                    == History ==
                    It is old.&lt;ref&gt;x&lt;/ref&gt;</text></revision></page>
                      <page><title>Chai</title><ns>0</ns><id>7</id><redirect title="Tea" /><revision><text>#REDIRECT [[Tea]]\
                    </text></revision></page>
                      <page><title>Talk:Tea</title><ns>1</ns><id>8</id><revision><text>talk</text></revision></page>
                      <page><title>Stub</title><ns>0</ns><id>9</id><revision><text>Short.</text></revision></page>
                    </mediawiki>
                    """)), documents: ["It is old."], references: [["Tea is a drink."]], ids: ["5"],
            splits: [nil],
            title: "Tea", left: ["unselected": 2, "empty-document": 1]),
        CorpusMiniature(
            name: "gigaword",
            package: .compressed(
                "nyt_eng_199407.gz", .gzip,
                text(
                    """
                    <DOC id="NYT_ENG_19940701.0001" type="story" >
                    <HEADLINE>
                    RAIN IN THE TOWN
                    </HEADLINE>
                    <DATELINE>
                    TOWN (BC-RAIN)
                    </DATELINE>
                    <TEXT>
                    <P>
                    Rain fell &AMP; fell
                    all day.
                    </P>
                    <P>
                    It stopped.
                    </P>
                    </TEXT>
                    </DOC>
                    <DOC id="NYT_ENG_19940701.0002" type="multi" >
                    <TEXT>
                    Several things.
                    </TEXT>
                    </DOC>

                    """)), documents: ["Rain fell & fell all day.\n\nIt stopped."],
            references: [["RAIN IN THE TOWN"]],
            ids: ["NYT_ENG_19940701.0001"], splits: [nil], left: ["unselected": 1]),
        CorpusMiniature(
            name: "scisummnet",
            package: .files([
                (
                    "top1000_complete/A00-1031/Documents_xml/A00-1031.xml",
                    text(
                        """
                        <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
                        <PAPER><S sid="0" ssid="0">TnT</S><ABSTRACT><S sid="1" ssid="1">We tag.</S></ABSTRACT>
                        <SECTION title="1 Introduction" number="1"><S sid="2" ssid="1">Tagging is old.</S></SECTION></PAPER>
                        """)
                ), ("top1000_complete/A00-1031/summary/A00-1031.gold.txt", text("TnT\nThey tag.\n")),
            ]), documents: ["We tag.\nTagging is old."], references: [["TnT\nThey tag."]], ids: ["A00-1031"],
            splits: [nil], title: "TnT"),
        CorpusMiniature(
            name: "opinosis",
            package: .archive(
                "OpinosisDataset1.0_0.zip", .zip,
                [
                    ("summaries-gold/sound_ipod/sound_ipod.2.gold", text("Clear.\r\n")),
                    ("summaries-gold/sound_ipod/sound_ipod.1.gold", text("Good sound.\r\n")),
                    (
                        "topics/sound_ipod.txt.data",
                        text("The sound is ") + [0x91, 0x67] + text("ood") + [0x92] + text(" .\r\n")
                    ),
                    ("examples/prepare4rouge/input/summaries-gold/sound_ipod/sound_ipod.1.gold", text("No.")),
                    ("documentation.pdf", text("%PDF")),
                ]), documents: ["The sound is \u{2018}good\u{2019} ."],
            references: [["Good sound.", "Clear."]],
            ids: ["sound_ipod"], splits: [nil]),
        CorpusMiniature(
            name: "bbc-news",
            package: .archive(
                "archive.zip", .zip,
                [
                    (
                        "BBC News Summary/News Articles/sport/001.txt",
                        text("Title\n\nThe match cost ") + [0xA3] + text("5.\n")
                    ),
                    ("BBC News Summary/News Articles/tech/001.txt", text("Other\n\nA robot.\n")),
                    ("BBC News Summary/Summaries/sport/001.txt", text("The match.")),
                    ("BBC News Summary/Summaries/tech/001.txt", text("Robot.")),
                ]), documents: ["The match cost £5.", "A robot."], references: [["The match."], ["Robot."]],
            ids: ["001", "001"], splits: [nil, nil], title: "Title"),
        CorpusMiniature(
            name: "wikihow",
            package: .files([
                (
                    "wikihowAll.csv",
                    text(
                        "\"headline\",\"title\",\"text\"\n\"\nBoil water.,\nAdd tea.\",\"How to Make Tea1\",\" Take a \"\"pot\"\",\n\nthen.\"\n"
                    )
                )
            ]), documents: ["Take a \"pot\",\n\nthen."], references: [["Boil water.,\nAdd tea."]], ids: [nil],
            splits: [nil], title: "How to Make Tea1"),
        CorpusMiniature(
            name: "debian",
            package: .compressed(
                "Translation-en.xz", .xz,
                text(
                    """
                    Package: tea
                    Description-md5: 1d5a
                    Description-en: brews tea
                     This package brews tea.
                     .
                     It is warm.

                    Package: cup
                    Description-md5: 2e6b
                    Description-en: holds tea

                    """)), documents: ["This package brews tea.\n\nIt is warm."], references: [["brews tea"]],
            ids: ["tea"], splits: [nil], left: ["empty-document": 1]),
        CorpusMiniature(
            name: "generic",
            package: .files([("x/test.jsonl", text("{\"document\": \"d\", \"summaries\": [\"s\", \"t\"]}\n"))]
            ),
            documents: ["d"], references: [["s", "t"]], ids: [nil], splits: [.test]),
    ]

    /// The folder `data` as published: two versions, each as text and as HTML.
    private static let squalityRepository = ["v1-2", "v1-3"].flatMap { version in
        [
            ("data/\(version)/txt/dev.jsonl", squality("Once.\\n Twice.")),
            (
                "data/\(version)/html/dev.jsonl",
                squality(
                    "<!DOCTYPE html PUBLIC \\\"x\\\">\\n<html>\\n<h1>\\n Once\\n</h1><p>Twice <i>and</i> thrice.</p></html>"
                )
            ),
        ]
    }

    private static func squality(_ document: String) -> [UInt8] {
        text(
            """
            {"metadata": {"passage_id": "63", "uid": "u", "license": "l"}, "document": "\(document)", "questions": [\
            {"question_text": "What is the plot?", "question_number": 1, "responses": [{"worker_id": "6", "uid": "r", \
            "response_text": "a"}, {"worker_id": "7", "uid": "s", "response_text": "b"}]}, {"question_text": "Who?", \
            "question_number": 2, "responses": [{"worker_id": "6", "uid": "t", "response_text": "c"}]}]}

            """)
    }
}
