"""Holds `align-data tokenize` against HF tokenizers: ids and decoded text of the published torture file, of JSON-lines
files, of very long words, and of seeded random strings, in chunks.

Usage: tokens.py COMMAND TOKENIZER ORACLE.json [--random N] [--seed S] [FILE.jsonl ...]
COMMAND is the align-data executable, TOKENIZER what it loads (a folder, a GGUF or a rank file), ORACLE.json the
tokenizer.json that the reference loads. Prints a line and exits with 1 where anything differs.
Needs: tokenizers. On a busy machine: `nice -n 19 taskset -c 0 python tokens.py …`, which is one thread on both sides.
"""
import argparse, json, os, random, subprocess, sys

os.environ["TOKENIZERS_PARALLELISM"] = "false"
from tokenizers import Tokenizer

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "goldens"))
import torture

parser = argparse.ArgumentParser()
parser.add_argument("command")
parser.add_argument("tokenizer")
parser.add_argument("oracle")
parser.add_argument("files", nargs="*")
parser.add_argument("--random", type=int, default=0)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--chunk", type=int, default=20000)
options = parser.parse_intermixed_args()

reference = Tokenizer.from_file(options.oracle)
SPECIAL = [t.content for t in reference.get_added_tokens_decoder().values()]
SPECIAL = SPECIAL[:20] + SPECIAL[-20:]


def ours(rows, *flags):
    """What the command makes of JSON lines."""
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    command = [options.command, "tokenize", "--tokenizer", options.tokenizer, "--jsonl", "--json", *flags]
    run = subprocess.run(command, input=lines.encode(), capture_output=True)
    if run.returncode != 0:
        sys.exit(f"{options.tokenizer}: {run.stderr.decode().strip()}")
    return [json.loads(line) for line in run.stdout.decode().split("\n") if line]


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)


def texts():
    for item in torture.published():
        yield item.decode(errors="replace")
    for letter in ["a", " ", "\n", "é", "中", "1", "!", "e\u0301", "ab", "na", "👍"]:
        for count in [33, 257, 5000]:
            yield letter * count
    yield "a" * 200_000
    yield from long_words()
    for name in options.files:
        for line in open(name):
            yield from (text for text in strings(json.loads(line)) if text)


def long_words():
    """Words of more than 64 symbols, which are merged in parts: letters of chance, out of many or out of a few."""
    draw = random.Random(f"words {options.seed}")
    letters = ["abcdefghijklmnopqrstuvwxyz", "etaoinshr", "aeb", "ab", "ABCDEFabcdef", " \n", " \t", "-=", "аеоинт",
               "あいうえお", "".join(chr(0x4e00 + i) for i in range(500))]
    for number in range(2000):
        alphabet = letters[number % len(letters)]
        yield "".join(draw.choice(alphabet) for _ in range(draw.randrange(22, 700)))


def blocks():
    """A few scalars of one block or two: what words of one script look like."""
    draw = random.Random(f"blocks {options.seed}")
    starts = list(range(0, 0x3400, 0x80)) + [0x4e00, 0xa000, 0xa640, 0xac00, 0xfb00, 0xfe30, 0xff00, 0x10300, 0x10400,
                                             0x11000, 0x1d100, 0x1d400, 0x1e900, 0x1f000, 0x1f300, 0x1f600, 0x1f900]
    common = " \n'.,1aA\u0301\u200d"
    while True:
        first, second = draw.choice(starts), draw.choice(starts)
        text = ""
        for _ in range(draw.randrange(1, 16)):
            kind = draw.randrange(4)
            text += draw.choice(common) if kind == 0 else chr((second if kind == 1 else first) + draw.randrange(0x80))
        yield text


def chance():
    """Random strings, a third of torture's kinds, a third of one block, a third with names of added tokens."""
    draw = random.Random(f"chance {options.seed}")
    usual, block, inner = (torture.chance(options.random, options.seed), blocks(),
                           torture.chance(options.random, options.seed + 1))
    for number in range(options.random):
        if number % 3 == 0:
            yield next(usual)
        elif number % 3 == 1:
            yield next(block)
        else:
            text = next(inner)
            cut = draw.randrange(len(text) + 1)
            yield text[:cut] + draw.choice(SPECIAL) + text[cut:]


def compare(batch, is_random):
    """The number of texts that differ."""
    wrong = set()
    rows = [{"text": text} for text in batch]
    plain = []
    for special in [False, True]:
        reference.encode_special_tokens = not special
        expected = [e.ids for e in reference.encode_batch_fast(batch, add_special_tokens=False)]
        found = ours(rows, *(["--special"] if special else []))
        assert len(found) == len(batch)
        wrong |= {i for i, ids in enumerate(expected) if found[i]["ids"] != ids}
        plain = plain or expected
    # The way back: whole, and by every second id, which is often not UTF-8. Of random strings every fourth.
    ids = [part for full in plain[::4 if is_random else 1] for part in (full, full[1::2])]
    found = ours([{"ids": part} for part in ids], "--decode")
    for i, part in enumerate(ids):
        if found[i]["text"] != reference.decode(part, skip_special_tokens=False):
            wrong.add(("decoded", i))
    for item in sorted(wrong, key=str)[:3]:
        shown = ids[item[1]] if isinstance(item, tuple) else batch[item]
        print(f"differs: {item} {json.dumps(shown)[:300]}", file=sys.stderr)
    return len(wrong)


def run(name, source, is_random):
    counts, batch = [0, 0], []
    for text in source:
        batch.append(text)
        if len(batch) == options.chunk:
            counts = [counts[0] + len(batch), counts[1] + compare(batch, is_random)]
            batch = []
    if batch:
        counts = [counts[0] + len(batch), counts[1] + compare(batch, is_random)]
    print(f"{os.path.basename(options.tokenizer.rstrip('/'))}\t{name}\t{counts[0]} texts\t{counts[1]} differ", flush=True)
    return counts[1]


failed = run("published and files", texts(), False)
if options.random:
    failed += run("random", chance(), True)
sys.exit(1 if failed else 0)
