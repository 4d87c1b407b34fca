import CoPGTrain
import Testing

struct RougeLTests {
    /// F-measures by `rouge_score` 0.1.2: RougeScorer(['rougeL'], use_stemmer=False).score(reference, summary).
    @Test(arguments: [
        ("the cat sat on the mat", "the cat is on the mat", 0.8333333333333334),
        ("", "something", 0),
        ("!!! ---", "something", 0),
        ("Hello, World! It's 2024.", "hello world its 2024", 0.6666666666666665),
        ("a b c d e f g", "g f e d c b a", 0.14285714285714285),
        ("police killed the gunman", "the gunman killed police", 0.5),
        ("Naïve café résumé", "naive cafe resume", 0.0),
        ("the the the the", "the cat", 0.3333333333333333),
        ("state-of-the-art models, e.g. GPT_2", "State of the art models e g gpt 2", 1.0),
        (
            "My landlord kept the deposit & won't answer.",
            "The landlord keeps my deposit and does not answer my calls.", 0.3157894736842105
        ),
        ("one", "one", 1.0),
        ("İstanbul KELVIN", "istanbul kelvin", 0.4),
    ]) func scoresAreThoseOfTheReferenceImplementation(summary: String, reference: String, expected: Double) {
        #expect(abs(RougeL.score(summary, references: [reference]) - expected) < 1e-15)
    }

    /// By `score_multi` of the same.
    @Test func theBestReferenceCounts() {
        let references = ["the cat is on the mat", "a dog ran off"]
        #expect(RougeL.score("a dog sat on the mat", references: references) == 0.5)
        #expect(RougeL.score("a dog sat on the mat", references: []) == 0)
    }
}
