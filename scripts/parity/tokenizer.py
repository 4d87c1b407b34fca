"""Makes the file that ALIGN_DATA_GOLDENS names (see TokenizerParityTests): what HF tokenizers makes of every text of
JSON-lines files (strings as they are; lists of strings joined by blanks and one by one), of the difficult texts, and of
random ones.

Usage: tokenizer.py TOKENIZER.json OUT.jsonl RANDOM_COUNT [--split-digits] [FILE.jsonl ...]
--split-digits puts `Digits` before the byte-level pattern: what SmolLM models do, and what transformers leaves out when
it converts a tokenizer from GGUF.
"""
import json, os, sys

from tokenizers import Tokenizer, pre_tokenizers

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "goldens"))
import torture

arguments = [a for a in sys.argv[1:] if a != "--split-digits"]
path, out, count, *files = arguments
tokenizer = Tokenizer.from_file(path)
if "--split-digits" in sys.argv:
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])


def texts():
    for name in files:
        for line in open(name):
            for value in json.loads(line).values():
                if isinstance(value, str):
                    yield value
                elif isinstance(value, list) and all(isinstance(v, str) for v in value):
                    yield " ".join(value)
                    yield from value
    yield from torture.fixed()
    yield "a" * 100_000
    yield "ab" * 50_000
    yield "the " * 20_000
    yield from torture.chance(int(count), seed=11)


rows = 0
with open(out, "w") as file:
    for text in texts():
        row = {"text": text}
        tokenizer.encode_special_tokens = True
        row["plain"] = tokenizer.encode(text, add_special_tokens=False).ids
        tokenizer.encode_special_tokens = False
        row["parsed"] = tokenizer.encode(text, add_special_tokens=False).ids
        row["framed"] = tokenizer.encode(text).ids
        row["decoded"] = tokenizer.decode(row["parsed"], skip_special_tokens=True)
        row["whole"] = tokenizer.decode(row["parsed"], skip_special_tokens=False)
        row["half"] = tokenizer.decode(row["plain"][1::2], skip_special_tokens=True)
        file.write(json.dumps(row, sort_keys=True) + "\n")
        rows += 1
print(rows, "texts")
