"""Counts what `scripts/house.sh` prints. Swift is read as text: strings and comments are blanked out first."""

import pathlib
import re
import statistics

ROOTS = ["Sources", "Tests", "Benchmarks"]
PUBLIC = re.compile(r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public|open)\s+(?!import)")
FUNCTION = re.compile(r"\s*(?:@\w+\s+)*(?:[a-z()]+\s+)*(?:func\s+\S+|init[?!]?\s*[(<]|deinit\b)")
MARKS = ["@unchecked Sendable", "nonisolated(unsafe)", "preconditionFailure", "precondition(", "fatalError", "try!", "as!"]


def blanked(text: str) -> str:
    """The text with strings and comments replaced by blanks, line breaks kept."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"')
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def functions(code: list[str]):
    """(first line, lines) of every function with a body: it ends with the brace of its own indentation."""
    for at, line in enumerate(code):
        if not FUNCTION.match(line):
            continue
        end = "{}}}".format(" " * (len(line) - len(line.lstrip())))
        for last in range(at, len(code)):
            if last > at and code[last].startswith(end):
                yield at + 1, last - at + 1
                break
            if last == at and line.rstrip().endswith("}"):
                break


def documented(lines: list[str], at: int) -> bool:
    """Whether a doc comment ends just above the declaration, attributes in between allowed."""
    at -= 1
    while at >= 0 and lines[at].lstrip().startswith("@"):
        at -= 1
    return at >= 0 and lines[at].lstrip().startswith("///")


targets: dict[str, list[tuple[pathlib.Path, str]]] = {}
for root in ROOTS:
    for path in sorted(pathlib.Path(root).rglob("*.swift")):
        name = "/".join(path.parts[:2]) if root != "Benchmarks" else root
        targets.setdefault(name, []).append((path, path.read_text()))

print(f"{'target':26} {'files':>5} {'lines':>6} {'median':>6} {'longest':>7} {'public':>6} {'documented':>10}")
longest, marks = [], {mark: [] for mark in MARKS}
for name, files in targets.items():
    sizes = [text.count("\n") for _, text in files]
    public = explained = 0
    for path, text in files:
        lines, code = text.split("\n"), blanked(text).split("\n")
        longest += [(count, f"{path}:{line}") for line, count in functions(code)]
        for at, line in enumerate(code):
            if PUBLIC.match(line) and "extension" not in line:
                public += 1
                explained += documented(lines, at)
            if not name.startswith("Tests"):
                for mark in MARKS:
                    if mark in line:
                        marks[mark].append(f"{path}:{at + 1}")
    share = f"{100 * explained / public:.0f} %" if public else "–"
    print(f"{name:26} {len(files):5} {sum(sizes):6} {statistics.median(sizes):6.0f} {max(sizes):7} {public:6} {share:>10}")

everything = [(text.count("\n"), path) for files in targets.values() for path, text in files]
print("\nlongest files")
for count, path in sorted(everything, reverse=True)[:5]:
    print(f"{count:6} {path}")
print("\nlongest functions outside of tests")
for count, place in sorted((f for f in longest if not f[1].startswith("Tests")), reverse=True)[:8]:
    print(f"{count:6} {place}")
print("\nwith a reason only")
for mark, places in marks.items():
    print(f"{len(places):6} {mark}")
