extension PromptTemplate {
    /// The `prompt:` block of a recipe.
    init(recipe node: RecipeNode) throws {
        let values = try node.mapping(keys: ["text", "max-tokens", "truncate", "completion-prefix", "chat"])
        let text = try values.required("text", in: node)
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
                truncation = .lastNewlineThenCharacter(field: try field.text())
            }
        }
        var chat: Chat?
        if let value = values["chat"] {
            if value.isScalar {
                chat = try value.boolean() ? Chat() : nil
            } else {
                let settings = try value.mapping(keys: ["system", "date"])
                if let date = settings["date"], CalendarDate(try date.text()) == nil {
                    throw date.invalid("\(date.path) is no day", valid: "a day such as 2026-07-31")
                }
                chat = Chat(system: try settings["system"]?.text(), date: try settings["date"]?.text())
            }
        }
        do {
            try self.init(
                text: try text.text(), maxTokens: try values.required("max-tokens", in: node).integer(),
                truncation: truncation, completionPrefix: try values["completion-prefix"]?.text() ?? "",
                chat: chat)
        } catch let error as PromptTemplateError {
            throw text.invalid(error.summary, valid: error.hint)
        }
    }
}
