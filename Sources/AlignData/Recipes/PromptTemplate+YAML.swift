extension PromptTemplate {
    /// The `prompt:` block of a recipe.
    init(recipe node: RecipeNode) throws {
        let values = try node.mapping(keys: ["text", "max-tokens", "truncate", "completion-prefix"])
        let text = try values.required("text", in: node).text()
        let maxTokens = try values.required("max-tokens", in: node)
        guard try maxTokens.integer() > 0 else { throw maxTokens.invalid("\(maxTokens.path) is not positive") }
        var truncation = Truncation.reject
        if let value = values["truncate"] {
            let valid = "reject, or post-to-last-newline: NAME with a field of the template, like document"
            if value.isScalar {
                guard try value.text() == "reject" else {
                    throw value.invalid("\(value.path) is not known", valid: valid)
                }
            } else {
                let rules = try value.mapping(keys: ["post-to-last-newline"])
                let field = try rules.required("post-to-last-newline", in: value)
                guard Self.placeholders(in: text).contains(try field.text()) else {
                    throw field.invalid("the template has no {\(try field.text())}", valid: valid)
                }
                truncation = .postToLastNewline(field: try field.text())
            }
        }
        self.init(
            text: text, maxTokens: try maxTokens.integer(), truncation: truncation,
            completionPrefix: try values["completion-prefix"]?.text() ?? "")
    }

    /// The names in braces, in order.
    static func placeholders(in text: String) -> [String] {
        var names: [String] = []
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "{") {
            rest = rest[rest.index(after: open)...]
            let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
            if !name.isEmpty, rest[name.endIndex...].first == "}" { names.append(String(name)) }
        }
        return names
    }
}
