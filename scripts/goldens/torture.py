"""Texts that break tokenizers, and random ones: used by the goldens and by the parity checks.

Run by itself it writes them down, a JSON object a line: `text`, or `bytes` (hexadecimal) where they are not UTF-8.
Usage: torture.py > Tests/AlignDataTests/Resources/Tokenization/torture.jsonl
"""
import json, random

SPACES = [chr(c) for c in [*range(9, 14), 0x1C, 0x1D, 0x1E, 0x1F, 0x20, 0x85, 0xA0, 0x1680, 0x180E, *range(0x2000, 0x2010),
                           0x2028, 0x2029, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF]]

FIXED = [
    "", " ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", " \n ", "a", " a", "a ", "  a", "a  b", "a   b  ", "\n\n1", "  12", "x  7y",
    "Hello, world!", "I'm you're we've they'll he'd it's don't", "I'M YOU'RE WE'VE", "'s", "''s", "' s", "'", "'ll'll", "'re2", "l'l",
    "’s it’s", "1234567890", "3.14159", "a1b22c333", "1,000,000", "x²y³", "½ ⅔ Ⅷ ⑨ ٣٤ ९ 五", "𝟘𝟙𝟚 𝒜ℬ𝒞", "\U00016ff4\U00011de3",
    "café", "cafe\u0301", "e\u0301\u0301\u0301", "\u0301", "\u0301a", "A\u030a Å \u212b", "가각 가각", "Ωmega \u2126",
    "naïve façade", "Zażółć gęślą jaźń", "Привет, мир!", "Ελληνικά", "שלום עולם", "مرحبا بالعالم", "हिन्दी में", "ไทยภาษา",
    "中文没有空格。日本語のテキスト、한국어", "\u202eRTL\u202c", "👍", "👩‍👩‍👧‍👦", "🏳️‍🌈 🇩🇪 👋🏽", "☃️", "\u200d", "\u200b\u200c\u2060",
    "a" * 200, "ab" * 100, "na" * 77 + "!", "1" * 50, "!" * 70, " " * 65, "\n" * 40, "\t \t ", "a" * 48, "b" * 49, "the" * 33,
    "\x00", "\x00\x01\x02\x7f", "a\x00b", "\x1b[31mred\x1b[0m", "\ufeffBOM", "\ufffd", "\ufdd0", "\U0010ffff", "\U000e0001",
    "\U000f0000\U00100000", "<|im_start|>", "<|im_end|>", "<|endoftext|>", "a<|im_end|>b", "<|im_start|>user\nHi<|im_end|>\n",
    "<|im_end|", "<|im_end|><|im_end|>", "<<|im_end|>>", " <|im_start|> ", "<|im_start|><|im_", "<s>", "</s>", "[INST]", "<|im_end|>\u0338", "x<|im_end|>\u0301y", "[[note]]\u0338", "=\u0338 >\u0338", "a[[note]]b[[note]", "[[note]][[note]]",
    "def f(x):\n    return x + 1\n\n\nclass A:\n\tpass\n", "{\"a\": [1, 2, {\"b\": null}]}", "https://example.org/a?b=c&d=%20#e",
    "$E = mc^2$ \\frac{1}{2}", "snake_case camelCase SCREAMING", "tab\tseparated\tvalues", "trailing   ", "   leading",
    "line one\nline two\r\nline three\rline four\u2028five\u2029six", "--- *** ___ ... !!! ???", "“quotes” ‘single’ «guillemets»",
    "Supercalifragilisticexpialidocious pneumonoultramicroscopicsilicovolcanoconiosis", "don\u2019t can\u02bct",
    "İstanbul ıI ß ſ ﬀ ﬁ", "\u1e9b\u0323", "\u0344", "\u2000\u2001", "a\u00adb", "x\u00a0y", "\u3000全角　スペース",
    "[INST] Hi [/INST]", "<s>[INST]a[/INST]b</s>", "<unk>", "<0x0A>", "<0xE4><0xBD>", "▁", "▁▁a ▁b", "a▁b", " ▁", "▁ ",
    "<start_of_turn>user\n", "<|begin_of_text|><|eot_id|>", "<｜begin▁of▁sentence｜>User: hi<｜end▁of▁sentence｜>", "<think>\n\n</think>",
    "<tool_call>{}</tool_call>", " <mask> ", "a<mask>b", "x <mask>\n\n y", "word", " word ", "sword", "words", "word_", "-word-", "wordé",
    "'S 'T 'RE 'VE 'M 'LL 'D 'ſ 'Re 'vE", "it'S IT's 'sound 'REal", "x.y(z)[0]{a:b}", "#hash @at $5 %d &amp;", "_under_score_", "!a ?b .c",
    "=a+b>c", "\u00b5\u00aa\u00ba", "\u01c5\u02b0\u0295", "𐐀𐐨", "ꙮ", "１２３ＡＢＣ", "〇〡㈠", "١٢٣٤٥٦", "1234 56789 0", "12ab34", "1\n2\n\n3",
    "\r\r\n\n\r", " \r\n \r\n ", "a\r\n\r\nb", "\n \n  x", "\t\tx\t", "  \n", "x  \n\n\n  y", "...\n\n", "!?\r\n", " ...\n", "a.\n\nb",
    "\u1100\u1161\u11a8", "\uac00\u11a8", "\u0958\u09cb\u09c7\u09be", "\u1e69 s\u0323\u0307 s\u0307\u0323", "\u0340\u0341\u0343\u0374",
    "\uf900\U0002f800", "\ufb1d\ufb4e", "\u2260 =\u0338", "\u30ab\u3099", "\u0061\u0315\u0300\u05ae\u0062", "\u1ac7\u0301a\u1ac7\u0323",
    "ﬀ ﬁ ℌ ① ㍍ ａ ½ … ™", "\u3131\uff8a\uff9f", "\u00a0\u2002x", "\U0001d538\U0001d7d8", "\ufdfa", "\u017f\u0307",
    "zero\u200bwidth", "Z\u0335\u0321\u0322a\u0334\u0328l\u0335\u0321g\u0336o", "🙂" * 20, "e\u0301" * 40, "한" * 60, "é" * 50,
]


# Not UTF-8: lone continuations, truncated and overlong sequences, surrogates, beyond U+10FFFF.
INVALID = ["80", "ff", "fe41", "61c3", "61c362", "e4bd", "e4bd20", "f09f98", "f09f9861", "c080", "e08080", "eda080", "f4908080",
           "20e2962081", "e29681ff", "f09f91a9e2808d", "c3a9a9", "2020ff2020"]


def fixed():
    texts = list(FIXED)
    for space in SPACES:
        texts += [f"a{space}b", f"a{space}{space}b", f"{space}1", f" {space}x", f"x {space} 1", f"{space}", f"!{space}"]
    return texts


ALPHABETS = [
    "ab c", "ab'strevmld \n", "a1 .,!\n\t", " \n\r\t\u00a0\u3000a1", "'SsTt rReEvV 12", "éèüñ ß1'", "абв где 1", "中文字 1a", "👍👩\u200d🏽 a",
    "e\u0301\u0308 a\u030a", "١٢ مرحبا", "<|im_startend>", "".join(chr(c) for c in range(128)), "".join(chr(c) for c in range(0x250)),
    "²½Ⅷ a1", "".join(SPACES) + "a1!",
]


def chance(count, seed):
    """`count` random strings: of small alphabets, of words, and of any scalars."""
    draw = random.Random(seed)
    words = [w for text in FIXED for w in text.split()] + ["the", "of", "and", "learning", "model", "2019", "(e.g.", "state-of-the-art"]
    for i in range(count):
        kind = i % 4
        if kind < 2:
            alphabet = ALPHABETS[draw.randrange(len(ALPHABETS))]
            yield "".join(draw.choice(alphabet) for _ in range(draw.randrange(1, 24)))
        elif kind == 2:
            glue = draw.choice([" ", "  ", "\n", "", " \n", "\t"])
            yield glue.join(draw.choice(words)[:40] for _ in range(draw.randrange(1, 8)))
        else:
            top = draw.choice([0x80, 0x300, 0x3000, 0x20000, 0x110000])
            scalars = (draw.randrange(top) for _ in range(draw.randrange(1, 12)))
            yield "".join(chr(c) for c in scalars if not 0xD800 <= c < 0xE000)


def published():
    """All fixed texts, some random ones and invalid ones, as bytes."""
    texts = list(dict.fromkeys(fixed() + list(chance(160, seed=7))))
    return [text.encode() for text in texts] + [bytes.fromhex(item) for item in INVALID]


if __name__ == "__main__":
    for item in published():
        try:
            row = {"text": item.decode()}
        except UnicodeDecodeError:
            row = {"bytes": item.hex()}
        print(json.dumps(row, ensure_ascii=True))
