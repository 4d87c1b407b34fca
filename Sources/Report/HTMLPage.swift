/// A self-contained page: it loads nothing, runs nothing, and follows the reader's light or dark scheme.
package struct HTMLPage {
    package var title: String
    /// HTML.
    package var body: String

    package init(title: String, body: String) {
        self.title = title
        self.body = body
    }

    package var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(HTMLPage.escaped(title))</title>
        <style>
        \(Chart.palette)\(Chart.style)\(HTMLPage.style)
        </style>
        </head>
        <body>
        <main>
        <h1>\(HTMLPage.escaped(title))</h1>
        \(body)</main>
        </body>
        </html>

        """
    }

    /// `text` for the content of an element or a quoted attribute.
    package static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    private static let style = """
        body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem; }
        h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: right; }
        th, td { white-space: nowrap; }
        th:first-child { text-align: left; font-weight: normal; }
        .note, figcaption, dt { color: var(--soft); font-size: .875rem; }
        figure { margin: 1.5rem 0; }
        section { border-top: 1px solid var(--line); padding: .75rem 0; }
        dd, .text { margin: 0 0 .75rem; white-space: pre-wrap; overflow-wrap: anywhere; }
        """
}
