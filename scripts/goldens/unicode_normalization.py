"""Writes UnicodeNormalization+Canonical.swift and UnicodeNormalization+Compatibility.swift: decompositions, combining
classes and compositions as HF tokenizers has them. Its Unicode is an old one (9.0), so neither the machine's nor a newer
standard library's would do.

Every scalar is shown to the reference library itself. Python's own tables give the value of a combining class; whether a
scalar has it is asked of the reference.
Usage: unicode_normalization.py Sources/AlignData/Tokenization. Needs: tokenizers (made with 0.23.3).
"""
import os, sys, unicodedata

from tokenizers import normalizers

NFC, NFD, NFKD = (f().normalize_str for f in (normalizers.NFC, normalizers.NFD, normalizers.NFKD))
HANGUL = range(0xAC00, 0xD7A4)
scalars = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def decompositions(form, skip):
    """Runs (first, count, text): where text is one scalar, the run's scalars map to it and those after it."""
    runs = []
    for c in scalars:
        text = form(chr(c))
        if c in HANGUL or text == chr(c) or text == skip(chr(c)):
            continue
        if len(text) == 1 and runs and len(runs[-1][2]) == 1:
            first, count, target = runs[-1]
            if c == first + count and ord(text) == ord(target) + count:
                runs[-1] = (first, count + 1, target)
                continue
        runs.append((c, 1, text))
    return runs


def item(first, count, text):
    length = f"-{count:x}" if count > 1 else ""
    return f"{first:x}{length}=" + "+".join(f"{ord(t):x}" for t in text)


def combining():
    probes = [(p, unicodedata.combining(p)) for p in "\u0334\u3099\u0323\u0301\u0315\u0345"]
    found = {}
    for c in scalars:
        value = unicodedata.combining(chr(c))
        if value == 0:
            continue
        as_python = all(
            NFD(text) == unicodedata.normalize("NFD", text)
            for p, _ in probes for text in ("a" + p + chr(c), "a" + chr(c) + p))
        if as_python:
            found[c] = value
    runs = []
    for c, value in found.items():
        if runs and runs[-1][0] + runs[-1][1] == c and runs[-1][2] == value:
            runs[-1][1] += 1
        else:
            runs.append([c, 1, value])
    return [f"{first:x}-{count:x}={value:x}" if count > 1 else f"{first:x}={value:x}" for first, count, value in runs]


def compositions():
    items = []
    for c in scalars:
        text = NFD(chr(c))
        if c in HANGUL or len(text) < 2 or NFC(chr(c)) != chr(c):
            continue
        first = NFC(text[:-1])
        assert len(first) == 1 and NFC(first + text[-1]) == chr(c), hex(c)
        items.append(f"{ord(first):x}+{ord(text[-1]):x}={c:x}")
    return items


def table(name, comment, items):
    lines, line = [], ""
    for text in items:
        if len(line) + len(text) > 96:
            lines.append(line.rstrip())
            line = ""
        line += text + " "
    lines.append(line.rstrip())
    body = "\n".join("        " + line for line in lines)
    return f'    /// {comment}\n    static let {name} = """\n{body}\n        """\n'


def write(name, tables):
    with open(os.path.join(sys.argv[1], f"UnicodeNormalization+{name}.swift"), "w") as file:
        file.write("// Made by scripts/goldens/unicode_normalization.py from HF tokenizers; not edited by hand.\n\n")
        file.write("extension UnicodeNormalization {\n" + "\n".join(tables) + "}\n")


write("Canonical", [
    table("canonicalDecompositions", "Full canonical decompositions: `scalar=scalars`, or `first-count=first` for a run; "
          "hexadecimal.", [item(*run) for run in decompositions(NFD, lambda text: None)]),
    table("compositions", "Primary composites: `first+second=composite`.", compositions()),
    table("combiningClasses", "Canonical combining classes other than 0: `scalar=class` or `first-count=class`.",
          combining()),
])
write("Compatibility", [
    table("compatibilityDecompositions", "Full compatibility decompositions where they differ from the canonical ones.",
          [item(*run) for run in decompositions(NFKD, NFD)]),
])
