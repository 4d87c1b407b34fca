"""Small corpora for the trials, each odd in one way, and the recipes that read them. Needs nothing but Python."""
import gzip
import io
import json
import pathlib
import shutil
import struct
import tarfile
import zipfile
import zlib

PROMPT = '''prompt: {text: "{document}\\n\\nTL;DR:", max-tokens: 400, truncate: reject, completion-prefix: " "}
split: {validation: 0, test: 0}
'''

RECIPES = {
    "lines": '''name: lines
sources: [{files: '**/*.jsonl', format: jsonl, fields: {document: text, references: summary, id: id?}}]
''' + PROMPT,
    "table": '''name: table
sources: [{files: '**/*.csv', format: csv, fields: {document: text, references: summary}}]
''' + PROMPT,
    "semicolons": '''name: semicolons
sources: [{files: '**/*.csv', format: csv, delimiter: ';', fields: {document: text, references: summary}}]
''' + PROMPT,
    "pages": '''name: pages
sources: [{files: '**/*.html', format: html, fields: {document: //p, references: //h1}}]
''' + PROMPT,
    "judged": '''name: judged
sources:
  - files: '**/*.csv'
    format: csv
    fields: {document: doc, id: id}
    completions: {text: summary, policy: sys, scores: {quality: score}}
''' + PROMPT,
    "dots": '''name: dots
sources: [{files: '**/*.jsonl', format: jsonl, fields: {document: '"info.post"', references: my summary}}]
''' + PROMPT,
    "aligned": '''name: aligned
sources:
  - files: '**/{split}.src'
    summaries: '**/{split}.tgt'
    format: text
    record: line
    fields: {document: text}
''' + PROMPT,
    "questions": '''name: questions
sources:
  - files: '**/*.jsonl'
    format: jsonl
    each: questions[*]
    fields: {document: ^.document, question: text, references: answer}
prompt: {text: "{document} {question}", max-tokens: 400, truncate: reject, completion-prefix: " "}
split: {validation: 0, test: 0}
''',
    "labels": '''name: labels
sources: [{files: '**/*.none', format: jsonl, fields: {document: post}}]
preferences:
  document: post
  first: a
  second: b
  label: {path: best, first: a, second: b, tie: none}
''' + PROMPT,
}


def story(number):
    return f"This is story {number} about a fox that ran over the hill and came home in the evening."


def lines(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def stories(count):
    return lines({"text": story(n), "summary": f"Fox {n} came home.", "id": f"s{n}"} for n in range(count))


def seven_zip(files):
    """A 7z without compression whose entries say their permissions and not what they are, as py7zr writes them."""
    def number(value):
        return bytes([value]) if value < 0x80 else bytes([0x80 | value >> 8, value & 0xFF])

    data = b"".join(files.values())
    sizes = [len(body) for body in files.values()]
    packed = b"\x06\x00" + number(len(sizes)) + b"\x09" + b"".join(map(number, sizes)) + b"\x00"
    folders = (
        b"\x07\x0b" + number(len(sizes)) + b"\x00" + b"\x01\x01\x00" * len(sizes)
        + b"\x0c" + b"".join(map(number, sizes))
        + b"\x0a\x01" + b"".join(struct.pack("<I", zlib.crc32(body)) for body in files.values()) + b"\x00")
    names = b"\x00" + b"".join(name.encode("utf-16-le") + b"\x00\x00" for name in files)
    modes = b"\x01\x00" + struct.pack("<I", 0x20 | 0x8000 | 0o644 << 16) * len(sizes)
    listing = (
        b"\x05" + number(len(sizes)) + b"\x11" + number(len(names)) + names
        + b"\x15" + number(len(modes)) + modes + b"\x00")
    header = b"\x01\x04" + packed + folders + b"\x08\x00\x00" + listing + b"\x00"
    start = struct.pack("<QQI", len(data), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf'\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start + data + header


def zipped(files):
    """A zip; a name that is bytes stands as it is, without the mark of UTF-8."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, body in files.items():
            stand_in = name if isinstance(name, str) else "x" * len(name)
            archive.writestr(zipfile.ZipInfo(stand_in), body)
    data = buffer.getvalue()
    for name in files:
        if isinstance(name, bytes):
            data = data.replace(b"x" * len(name), name)
    return data


def tarred(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, body in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return buffer.getvalue()


def wiki(pages):
    body = "".join(
        f"<page><title>{title}</title><ns>0</ns><id>{n}</id><revision><text>{text}</text></revision></page>"
        for n, (title, text) in enumerate(pages.items()))
    return f"<mediawiki>{body}</mediawiki>".encode()


def make(root):
    """Writes every corpus and recipe below `root`."""
    root = pathlib.Path(root)
    shutil.rmtree(root, ignore_errors=True)
    for name, text in RECIPES.items():
        path = root / "recipes" / (name + ".yml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    zipped_lines = gzip.compress(stories(400), mtime=0)
    big = tarred({f"part{n}.jsonl": stories(40) for n in range(8)})
    files = {
        "sound/a.jsonl": stories(8),
        "mark/a.csv": "\ufeff\"text\",\"summary\"\n".encode()
        + b"".join(f'"{story(n)}","Fox {n}."\n'.encode() for n in range(3)),
        "semicolons/a.csv": b"text;summary\n" + b"".join(f"{story(n)};Fox {n}.\n".encode() for n in range(3)),
        "names/a.zip": zipped({"日本.jsonl".encode("cp932"): stories(2), "plain.jsonl": stories(4)}),
        "cut-stream/a.jsonl.gz": zipped_lines[: len(zipped_lines) // 2],
        "cut-tar/a.tar": big[: len(big) // 2],
        "typeless/a.7z": seven_zip({"a.jsonl": stories(3)}),
        "quotes/a.html": "<html><head><meta charset='iso-8859-1'></head><body><h1>Price</h1><p>“Tea” is 3 €.</p></body></html>"
        .encode("cp1252"),
        "wiki/test-pages-articles.xml": wiki({
            "Open": "A '''fox''' ran.\n\n== Story ==\nIt ran {{convert|3|km home.\n\nIt slept &lt;br&gt;well.\n",
            "Table": "A hill.\n\n== More ==\nBefore.\n\n{| class=x\n| cell\n\nAfter the table.\n",
            "Link": "See [[Fox|the ''red'' {{lang|en|fox}}]].\n\n== Rest ==\nAll is &lt;nowiki&gt;[[plain]]&lt;/nowiki&gt; here.\n"}),
        "rows/a.jsonl": lines({"text": story(0), "summary": f"Summary {n}.", "id": f"r{n}"} for n in range(4)),
        "judged/a.csv": b"id,doc,sys,summary,score\n" + b"".join(
            f"{n},{story(n)},{who},{who} on {n}.,{score}\n".encode()
            for n in range(2) for who, score in [("one", 0.5), ("two", 0.25)]),
        "dots/a.jsonl": lines({"info.post": story(n), "my summary": f"Fox {n}."} for n in range(3)),
        "aligned/a/train.src": b"first a\nsecond a\n", "aligned/a/train.tgt": b"one a\ntwo a\n",
        "aligned/b/train.src": b"first b\nsecond b\n", "aligned/b/train.tgt": b"one b\ntwo b\n",
        "aligned-apart/a/train.src": b"first a\n", "aligned-apart/b/train.tgt": b"one b\n",
        "questions/a.jsonl": lines(
            {"document": story(n), "questions": [{"text": f"What {q}?", "answer": f"That {q}."} for q in range(3)]}
            for n in range(2)),
        "surrogate/a.jsonl": b'{"text": "A fox.", "summary": "Fox \\ud83d."}\n'
        b'{"text": "A hill.", "summary": "Hill.", "mood": "\\ud83d"}\n',
        "labels/a.jsonl": lines(
            [{"post": story(n), "a": "Fox.", "b": "A fox came.", "best": "ab"[n % 2]} for n in range(6)]
            + [{"post": story(7), "a": "x", "b": "y", "best": "none"}, {"post": story(8), "a": "x", "b": "y", "best": "?"},
               {"post": story(9), "a": "same", "b": "same", "best": "a"}]),
        "nothing/a.jsonl": b"",
        "tools.jsonl": lines([
            {"prompt": [{"role": "user", "content": "add 1 and 2"},
                        {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "add"}}]}],
             "chosen": [{"role": "assistant", "content": "3"}], "rejected": [{"role": "assistant", "content": "4"}],
             "score_chosen": 1, "score_rejected": 0},
            {"prompt": [{"role": "user", "content": "add 3 and 2"}],
             "chosen": [{"role": "assistant", "content": "5", "reasoning_content": "3 and 2"}],
             "rejected": [{"role": "assistant", "content": "6"}], "score_chosen": 1, "score_rejected": 0},
            {"prompt": [{"role": "user", "content": "add 1 and 1"}], "chosen": [{"role": "assistant", "content": "2"}],
             "rejected": [{"role": "assistant", "content": "3"}], "score_chosen": 1, "score_rejected": 0}]),
        "letters.jsonl": lines([
            {"prompt": "ab", "completions": ["cd", "é", "ef"], "scores": [1, 2, 3]}]),
        "chat.jsonl": lines([{"document": " Hello \n"}]),
        "blanks.jsonl": lines([
            {"prompt": [{"role": "user", "content": " Hello \n"}], "chosen": [{"role": "assistant", "content": "ab"}],
             "rejected": [{"role": "assistant", "content": "cd"}], "score_chosen": 1, "score_rejected": 0}]),
        "ends.jsonl": lines([
            {"prompt": "ab", "chosen": "", "rejected": "cd", "score_chosen": 1, "score_rejected": 0},
            {"prompt": "ef", "chosen": "", "rejected": "ij", "score_chosen": 1, "score_rejected": 0,
             "finish_reason_chosen": "eos", "end_token_chosen": 2, "finish_reason_rejected": "eos",
             "end_token_rejected": 0}]),
        "long.jsonl": lines([{"text": story(0), "summary": "Fox."}]),
    }
    programs = {
        "sound": "import json, sys\nfor line in sys.stdin:\n    print(len(json.loads(line)['completion']), flush=True)\n",
        "banner": "import json, sys\nprint(3, flush=True)\nfor line in sys.stdin:\n    print(len(json.loads(line)['completion']), flush=True)\n",
        "two": "import json, sys\nfor line in sys.stdin:\n    print(1)\n    print(2, flush=True)\n",
        "nan": "import sys\nfor line in sys.stdin:\n    print('nan', flush=True)\n",
    }
    files.update({f"programs/{name}.py": text.encode() for name, text in programs.items()})
    for name, data in files.items():
        path = root / "corpora" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (root / "recipes/chat.yml").write_text(
        "name: chat\nsources: [{files: '**', format: jsonl, fields: {document: document}}]\n"
        "prompt: {text: '{document}', chat: true, max-tokens: 400, truncate: reject}\nsplit: {validation: 0}\n")
