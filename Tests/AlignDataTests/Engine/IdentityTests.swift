import Testing

@testable import AlignData

/// What plans and hashes are computed over, to the letter: a set that an earlier version made is recognized by it.
@Suite struct IdentityTests {
    @Test func configurationsAreWrittenAsTheyWere() throws {
        #expect(
            try JSONText.string(GenerateConfiguration())
                == #"{"promptsPerShard":64,"sampling":{"candidates":4,"maxTokens":64,"seed":0,"temperature":1,"topK":0,"#
                + #""topP":1},"splits":["train"],"withCompletions":false,"withReferences":false}"#)
        var score = ScoreConfiguration()
        #expect(try JSONText.string(score) == "{}")
        score.unfinishedReward = -1.5
        #expect(try JSONText.string(score) == #"{"unfinishedReward":-1.5}"#)
        #expect(
            try JSONText.string(PairsConfiguration())
                == #"{"bytesPerShard":268435456,"pairing":{"keepsTies":true,"minimumMargin":0,"randomPairs":1,"#
                + #""strategy":"all"},"promptsPerShard":65536,"seed":0,"shaping":"none","unfinished":"keep","#
                + #""weights":[1]}"#)
        #expect(
            try JSONText.string(ArchiveLimits())
                == #"{"expansionGrace":16777216,"maxBytes":1099511627776,"maxDepth":3,"maxExpansion":250,"#
                + #""maxMembers":10000000,"maxNameBytes":4096,"maxNested7zBytes":67108864}"#)
    }

    @Test(arguments: [
        (PieceDecoder.byteLevel, "byteLevel"),
        (
            .byteFallback(replacement: "▁", strippedBlanks: 1),
            #"byteFallback(replacement: "▁", strippedBlanks: 1)"#
        ),
        (.metaspace(replacement: "▁", stripsFirst: true), #"metaspace(replacement: "▁", stripsFirst: true)"#),
    ])
    func decodersAreHashedUnderNamesThatDoNotChange(decoder: PieceDecoder, name: String) {
        #expect(decoder.name == name)
    }
}
