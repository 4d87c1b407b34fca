import Testing

@testable import AlignData

@Suite struct DelimitedReaderTests {
    private func read(
        _ text: String, tsv: Bool = false, columns: [String]? = nil, delimiter: String? = nil,
        chunk: Int = 1000
    ) throws -> [RecordOutcome] {
        var source = RecipeSource(
            files: [try FilePattern("*.csv")], format: tsv ? .tsv : .csv,
            fields: FieldMapping(document: Field("text"), references: [Field("headline")]))
        source.columns = columns
        source.delimiter = delimiter
        var outcomes: [RecordOutcome] = []
        try source.reader.read(
            RecordFile(
                origin: FileOrigin(source: "x.csv"),
                bytes: AlignDataTests.source(Array(text.utf8), chunk: chunk))
        ) { outcomes.append($0) }
        return outcomes
    }

    @Test(
        "quotes, line ends inside them and empty fields are read as RFC 4180 has them",
        arguments: [1, 3, 1000])
    func rows(chunk: Int) throws {
        let text =
            "\u{FEFF}headline,title,text\r\n\"a \"\"b\"\"\",T,\"one\r\ntwo, three\"\r\n\r\n,,x\n\"\",\"\",\"y\""
        let outcomes = try read(text, chunk: chunk)
        #expect(outcomes.map { $0.record?.document } == ["one\r\ntwo, three", "x", "y"])
        #expect(outcomes.map { $0.record?.references } == [["a \"b\""], [""], [""]])
        #expect(outcomes.map { $0.record?.provenance.line } == [2, 5, 6])
    }

    @Test("a name that two columns have costs every row where the recipe takes it, and nothing where not")
    func repeatedColumn() throws {
        for isTSV in [false, true] {
            func read(_ text: String, columns: [String]? = nil) throws -> [RecordOutcome] {
                try self.read(isTSV ? text.replacing(",", with: "\t") : text, tsv: isTSV, columns: columns)
            }
            for outcomes in [
                try read("headline,text, text\nh,a,b\nh,c,c\n"),
                try read("h,a,b\nh,c,c\n", columns: ["headline", "text", "text"]),
            ] {
                #expect(outcomes.map { $0.rejection?.reason } == ["repeated-column", "repeated-column"])
                #expect(outcomes[0].rejection?.detail.contains("the name text,") == true)
            }
            let other = try read("headline,x,text,x,,\nh,1,a,2,,\n")
            #expect(other.map { $0.record?.document } == ["a"])
            #expect(other.map { $0.record?.references } == [["h"]])
        }
    }

    @Test("a byte order mark before a quoted name is no part of it", arguments: [1, 2, 3, 1000])
    func byteOrderMark(chunk: Int) throws {
        for (text, isTSV) in [
            ("\u{FEFF}\"text\",\"headline\"\na,h\n", false), ("\u{FEFF}text\theadline\na\th\n", true),
        ] {
            let outcomes = try read(text, tsv: isTSV, chunk: chunk)
            #expect(outcomes.map { $0.record?.document } == ["a"])
            let start = text.utf8.firstIndex(of: 0x0A).map {
                text.utf8.distance(from: text.startIndex, to: $0)
            }
            #expect(outcomes.first?.record?.provenance.byteOffset == start.map { $0 + 1 })
        }
        #expect(try read("\u{FEFF}", chunk: chunk).isEmpty)
        #expect(try read("a", chunk: chunk).isEmpty)
    }

    @Test(
        "a delimiter of one's own parts the columns, but for quoted ones", arguments: [";", "|", "\t", "a"])
    func delimiter(_ delimiter: String) throws {
        let text = "text;headline\n\"x;1, 2\";h\ny,\"\";\"g\"\"\"\n".replacing(";", with: delimiter)
        let outcomes = try read(
            delimiter == "a" ? "texta\"headline\"\nxah\n" : text,
            columns: nil, delimiter: delimiter)
        if delimiter == "a" {
            #expect(outcomes.map { $0.record?.references } == [["h"]])
        } else {
            #expect(outcomes.map { $0.record?.document } == ["x\(delimiter)1, 2", "y,\"\""])
            #expect(outcomes.map { $0.record?.references } == [["h"], ["g\""]])
        }
    }

    @Test(
        "a single column whose name looks like several is told with the delimiter that would part them",
        arguments: [(";", "';'"), ("|", "'|'"), ("\t", "tab")])
    func suggestion(delimiter: String, name: String) throws {
        let outcomes = try read("text\(delimiter)headline\na\(delimiter)b\n")
        #expect(
            outcomes.first?.rejection?.detail.hasSuffix(
                "; the file has one column, whose name looks like several (delimiter: \(name))") == true)
        let comma = try read("text,headline\na,b\n", delimiter: ";")
        #expect(comma.first?.rejection?.detail.contains("(delimiter: ',')") == true)
    }

    @Test("a bad row costs itself alone, a quote without an end its line", arguments: [1, 4, 1000])
    func badRows(chunk: Int) throws {
        let text = "headline,text\nh,a\nonly one\nh,\"b\"x\nh,\"never ends\nh,c\nh,\"d\"\nh,\"e\n"
        let outcomes = try read(text, chunk: chunk)
        #expect(outcomes.map { $0.record?.document } == ["a", nil, nil, nil, "c", "d", nil])
        #expect(
            outcomes.compactMap { $0.rejection?.reason } == [
                "wrong-columns", "not-csv", "not-csv", "not-csv",
            ])
    }

    @Test("tab-separated values know no quotes; columns can be named by the recipe")
    func tsv() throws {
        let outcomes = try read(
            "\"h\ta \"quoted\" word\nx\ty\tz\n", tsv: true, columns: ["headline", "text"])
        #expect(outcomes.first?.record?.document == "a \"quoted\" word")
        #expect(outcomes.first?.record?.references == ["\"h"])
        #expect(outcomes.last?.rejection?.detail == "the row has 3 columns, the file has 2")
    }

    @Test("a row beyond the limit is passed over in bounded memory")
    func longRows() throws {
        for quote in ["", "\""] {
            var rows = RowSplitter(separator: 0x2C, isQuoted: true, maxRowBytes: 20)
            var seen: [String] = []
            let take = { (row: RowSplitter.Row, position: LineReader.Position) in
                if case .fields(let fields) = row {
                    seen.append(
                        "\(position.line) "
                            + fields.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "|"))
                } else {
                    seen.append("\(position.line) -")
                }
            }
            try rows.feed(Array("a,b\n\(quote)\(String(repeating: "x", count: 70))\nc,d\n".utf8), take)
            try rows.finish(take)
            #expect(seen.first == "1 a|b")
            #expect(seen.last == "3 c|d", "\(seen)")
        }
    }
}
