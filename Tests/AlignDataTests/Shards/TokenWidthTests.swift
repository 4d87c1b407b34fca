import AlignData
import Testing

@Suite struct TokenWidthTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    /// A candidate set of one completion with these tokens.
    private func path(_ tokens: [TokenID], vocabulary: Int?, to name: String) throws -> String {
        let writer = try ShardSetWriter(
            output: folder.file(name), kind: .candidates, stage: "generate", configuration: 0, seed: 0,
            facts: vocabulary.map { ["vocabulary": String($0)] } ?? [:], inputs: [])
        let prompt = ShardSamples.prompt(0)
        try writer.write(shard: 0) { shard in
            try shard.insert(prompt: prompt)
            try shard.insert(completion: ShardSamples.completion(0, of: prompt, tokens: tokens))
            return StageCounts()
        }
        _ = try writer.finish()
        return folder.file(name)
    }

    /// Two bytes hold every id of 65,536; one more token, or nobody who says, takes four.
    @Test(arguments: [(49_152, 2), (65_536, 2), (65_537, 4), (nil, 4)] as [(Int?, Int)])
    func idsTakeAsManyBytesAsTheVocabularyNeeds(vocabulary: Int?, width: Int) throws {
        let last = TokenID((vocabulary ?? 100_000) - 1)
        let tokens: [TokenID] = [0, 1, 255, 256, 32_767, 32_768, last]
        let set = try path(tokens, vocabulary: vocabulary, to: "set")
        let shard = try ShardSet(opening: set, kind: .candidates).shard(at: 0)
        #expect(try shard.completions().map(\.tokens) == [tokens])

        let shell = try SQLiteShell(set + "/shard-00000.sqlite")
        #expect(
            try shell.rows("SELECT value FROM shard_info WHERE key = 'token_width'") == [["\(width)"]])
        let bytes = width * tokens.count
        #expect(try shell.rows("SELECT CAST(length(tokens) AS TEXT) FROM completion") == [["\(bytes)"]])
    }
}
