"""Writes UnicodeClasses+Ranges.swift: the code points that HF tokenizers takes for letters, numbers, marks, punctuation
and symbols.

Every scalar is shown to the reference library itself, so the tables are of its Unicode version and not of the
machine's. Usage: unicode_classes.py > Sources/AlignData/Tokenization/UnicodeClasses+Ranges.swift
Needs: tokenizers (goldens made with 0.23.3).
"""
from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers

SPLIT = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
DIGITS = pre_tokenizers.Digits(individual_digits=True)
WHITE = [*range(9, 14), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]


def joins(prefix, c):
    return len(SPLIT.pre_tokenize_str(prefix + chr(c))) == 1


def ranges(members):
    out = []
    for c in members:
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def table(name, comment, members):
    print(f"    /// {comment}\n    static let {name}: [UInt32] = [")
    line = "       "
    for low, high in ranges(members):
        item = f" 0x{low:x}, 0x{high:x},"
        if len(line) + len(item) > 108:
            print(line)
            line = "       "
        line += item
    print(line + "\n    ]")


def matches(pattern):
    """The scalars that a character class of the reference's regular expressions holds."""
    split = pre_tokenizers.Split(Regex(pattern), "removed")
    return [c for c in scalars if not split.pre_tokenize_str(chr(c))]


scalars = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
letters = [c for c in scalars if joins("a", c)]
numbers = [c for c in scalars if joins("1", c)]
late = [c for c in scalars if len(DIGITS.pre_tokenize_str("a" + chr(c))) == 2 and c not in set(numbers)]
known = set(letters) | set(numbers)
white = [c for c in scalars if c not in known and not joins("!", c)]
assert white == WHITE, [hex(c) for c in set(white) ^ set(WHITE)]

assert matches(r"\p{L}") == letters and matches(r"\p{N}") == numbers and matches(r"\s") == WHITE
details = {name: matches(rf"\p{{{name}}}") for name in "MPS"}
assert not set(details["M"]) & set(details["P"]) and not set(details["P"]) & set(details["S"])
assert not set().union(*map(set, details.values())) & (known | set(WHITE))
# `(?i:'s|'t|'re|'ve|'m|'ll|'d)`: besides the two cases of ASCII, the long s.
contraction = pre_tokenizers.Split(Regex("(?i:'s|'t|'re|'ve|'m|'ll|'d)"), "removed")
folded = [chr(c) for c in scalars if not contraction.pre_tokenize_str("'" + chr(c))]
assert folded == list("DMSTdmstſ"), folded
for a in "rRvVlL":
    folded = [chr(c) for c in scalars if not contraction.pre_tokenize_str("'" + a + chr(c))]
    assert folded == (list("Ll") if a in "lL" else list("Ee")), (a, folded)
# `\w`, as the `single_word` of an added token sees it: letters, marks and numbers, with exceptions.
probe = Tokenizer(models.BPE())
probe.add_tokens([AddedToken("\u00a7", single_word=True, normalized=False)])
word = {c for c in scalars if not probe.encode("\u00a7" + chr(c)).ids}
usual = known | set(details["M"])

print("// Made by scripts/goldens/unicode_classes.py from HF tokenizers; not edited by hand.\n")
print("extension UnicodeClasses {")
table("letterRanges", "`\\p{L}`: first and last code point of each range.", letters)
print()
table("numberRanges", "`\\p{N}`.", numbers)
print()
table("lateNumberRanges", "Numbers to the digit splitter, whose Unicode is newer, but not to the pattern.", late)
for name, comment in (("mark", "M"), ("punctuation", "P"), ("symbol", "S")):
    print()
    table(f"{name}Ranges", f"`\\p{{{comment}}}`.", details[comment])
print()
table("otherWordRanges", "`\\w` besides letters, marks and numbers.", sorted(word - usual))
print()
table("wordlessRanges", "Letters, marks and numbers that are not `\\w`.", sorted(usual - word))
print("}")
