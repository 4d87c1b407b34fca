extension PreTokenizer {
    static let llama3 = PreTokenizer(
        steps: [.pattern(.cl100k(CL100KPattern(digits: 3)))], isByteLevel: true)
    /// Qwen 2, 2.5 and 3.
    static let qwen2 = PreTokenizer(
        steps: [.pattern(.cl100k(CL100KPattern(digits: 1)))], isByteLevel: true)
    static let qwen35 = PreTokenizer(
        steps: [.pattern(.cl100k(CL100KPattern(digits: 1, joinsMarks: true)))], isByteLevel: true)

    /// DeepSeek V3, R1 and later.
    static let deepSeek3 = PreTokenizer(
        steps: runs(#"\p{N}{1,3}"#, "[一-龥぀-ゟ゠-ヿ]+") + [.pattern(.deepSeek3)], isByteLevel: true)

    static let deepSeekLLM = PreTokenizer(
        steps: runs(#"[\r\n]"#, casedLetters, #"\s?[!-/:-~！-／：-～‘-‟　-。]+"#) + [.pattern(.trailingSpace)]
            + runs(cjk) + [.digits(individual: true)],
        isByteLevel: true)

    static let deepSeekCoder = PreTokenizer(
        steps: runs(#"[\r\n]"#, #"\s?\p{L}+"#, #"\s?\p{P}+"#, cjk) + [.digits(individual: true)],
        isByteLevel: true)

    /// What llama.cpp does to a vocabulary whose pre-tokenizer is `default`.
    static let llamaCppDefault = PreTokenizer(
        steps: runs(#"[\p{P}\$\+<=>\^~\|]+"#) + [.pattern(.gpt2)] + runs(#"\p{N}+"#, "[0-9]{3}"),
        isByteLevel: true)

    private static func runs(_ regexes: String...) -> [Step] {
        regexes.compactMap { ScalarRun(regex: $0).map { .pattern(.run($0)) } }
    }

    private static let cjk = "[一-龥ࠀ-一가-퟿]+"

    /// DeepSeek LLM's letters: those with case, listed.
    private static let casedLetters =
        #"\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕ"#
        + "Ἐ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳ"
        + "Ꙁ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+"
}
