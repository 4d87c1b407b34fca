/// A prompt and its completions, as a shard of candidates holds them.
struct CompletionGroup {
    var prompt: Prompt
    /// In order of rollout.
    var completions: [Completion] = []

    /// All groups of a shard in order of their prompts, those without completions included.
    static func groups(of shard: ShardReader) throws -> [CompletionGroup] {
        var groups = try shard.prompts().map { CompletionGroup(prompt: $0) }
        var place: [RecordID: Int] = [:]
        for (index, group) in groups.enumerated() { place[group.prompt.id] = index }
        for completion in try shard.completions() {
            guard let index = place[completion.promptID] else {
                throw ShardError.notAShard(
                    path: shard.path, detail: "a completion belongs to no prompt of it")
            }
            groups[index].completions.append(completion)
        }
        return groups
    }
}
