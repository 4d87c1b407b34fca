"""Prints the tokens of the prompts of a shard set, or of its completions: bytes as they are, control tokens as <id>.

Usage: ids.py FOLDER [prompt|completion]"""
import glob
import json
import sqlite3
import sys

folder, table = sys.argv[1], (sys.argv[2:] or ["prompt"])[0]
for path in sorted(glob.glob(folder + "/shard-*.sqlite")):
    rows = sqlite3.connect(path).execute(f"SELECT tokens FROM {table} ORDER BY rowid")
    for (tokens,) in rows:
        ids = [tokens[i] | tokens[i + 1] << 8 for i in range(0, len(tokens), 2)]
        text = b"".join(b"<%d>" % i if i < 3 or i > 258 else bytes([i - 3]) for i in ids)
        print(json.dumps(text.decode("utf-8", "replace"), ensure_ascii=False))
