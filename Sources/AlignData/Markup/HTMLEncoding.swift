import CLibXML2

/// How the bytes of a page of HTML stand for characters: by its byte order mark, or by what it declares, with labels
/// that mean what they mean on the web (HTML standard, 13.2.3; WHATWG Encoding, 4.2).
enum HTMLEncoding: Hashable {
    case utf8
    /// With a byte order mark.
    case utf16(isBigEndian: Bool)
    case windows1252
    /// By the name that libxml2 knows it under.
    case other(String)

    /// `nil` for a page that declares nothing, or nothing that is known.
    init?(of page: UnsafeBufferPointer<UInt8>) {
        if page.starts(with: [0xEF, 0xBB, 0xBF]) {
            self = .utf8
        } else if page.starts(with: [0xFE, 0xFF]) {
            self = .utf16(isBigEndian: true)
        } else if page.starts(with: [0xFF, 0xFE]) {
            self = .utf16(isBigEndian: false)
        } else {
            var scan = HTMLDeclarationScan(page)
            guard let label = scan.label(), let encoding = HTMLEncoding(label: label) else { return nil }
            self = encoding
        }
    }

    /// - Parameter label: in small letters, without white space around it.
    init?(label: String) {
        if Self.utf8Labels.contains(label) {
            self = .utf8
        } else if Self.windows1252Labels.contains(label) {
            self = .windows1252
        } else {
            let name = Self.others.first { $0.labels.contains(label) }?.name ?? label
            guard let handler = xmlFindCharEncodingHandler(name) else { return nil }
            xmlCharEncCloseFunc(handler)
            self = .other(name)
        }
    }

    /// A declaration that can be read in ASCII is no declaration of UTF-16.
    private static let utf8Labels = labels(
        """
        unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8 utf-16 utf-16le utf-16be ucs-2 unicode
        iso-10646-ucs-2 csunicode unicodefeff unicodefffe
        """)

    private static let windows1252Labels = labels(
        """
        ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1
        iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252 x-user-defined
        """)

    /// Labels that mean more on the web than by their own standard.
    private static let others: [(name: String, labels: Set<String>)] = [
        (
            "CP1254",
            labels(
                """
                cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5
                windows-1254 x-cp1254
                """)
        ),
        ("CP874", labels("dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874")),
        (
            "GB18030",
            labels(
                "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030")
        ),
        ("CP932", labels("csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis")),
        (
            "CP949",
            labels(
                """
                cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601
                windows-949
                """)
        ),
        ("BIG5-HKSCS", labels("big5 big5-hkscs cn-big5 csbig5 x-x-big5")),
    ]

    private static func labels(_ words: String) -> Set<String> {
        Set(words.split(whereSeparator: \.isWhitespace).map(String.init))
    }
}
