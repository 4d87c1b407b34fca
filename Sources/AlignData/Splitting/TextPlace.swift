/// Where a text stands. Some vocabularies put a blank before one.
enum TextPlace {
    /// The beginning of all.
    case start
    /// After a token that is not text: legacy vocabularies put a blank there too, as HF tokenizers does.
    case afterToken
    /// Text comes before it: the blank it begins with, or none, is its own.
    case continuation
}
