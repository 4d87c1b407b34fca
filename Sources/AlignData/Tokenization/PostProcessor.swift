/// What is put around the ids of a text when special tokens are asked for (`TemplateProcessing`).
struct PostProcessor: Hashable, Sendable {
    var prefix: [TokenID] = []
    var suffix: [TokenID] = []

    func callAsFunction(_ tokens: [TokenID]) -> [TokenID] { prefix + tokens + suffix }
}
