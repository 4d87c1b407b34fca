"""Runs the trials of outcomes.txt and prints what differs from the recorded outcome. With --record, records anew.

A trial is a name, and commands with what they print:

    # name: what is right, in a sentence
    $ align-data ingest corpora/x …      a line for bash, in a folder with corpora/, recipes/ and models/
    = 2                                  its exit code
    | text                               standard output and standard error, times left out

Usage: run.py COMMAND FOLDER OUTCOMES [--record] [NAME …]"""
import difflib
import os
import pathlib
import re
import subprocess
import sys
import time

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))
import corpora  # noqa: E402
import models  # noqa: E402

command, folder, outcomes = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
record, names = "--record" in sys.argv[4:], [a for a in sys.argv[4:] if a != "--record"]


def shown(text):
    """What a command printed, without what differs from run to run or from machine to machine."""
    text = re.sub(r"; (\d+ h )?(\d+ min )?(\d+ s|[\d.]+ s|\d+ min); ", "; ", text)
    text = re.sub(r"(tokens|unfinished|truncated) \d+(?=[;,)])", r"\1 N", text)
    # A banner is noticed as soon as it is seen, which depends on who is faster.
    text = re.sub(r"line \d+ of what the program", "line N of what the program", text)
    text = re.sub(r"\b[0-9a-f]{12}…", "HASH…", text)
    text = re.sub(r"\b[0-9a-f]{32,64}\b", "HASH", text)
    return [line.rstrip() for line in text.replace(str(folder.resolve()) + "/", "").splitlines()]


def parse(text):
    """The trials: name, sentence, and (line, recorded outcome)s."""
    trials = []
    for line in text.splitlines():
        if line.startswith("# "):
            name, sentence = line[2:].split(": ", 1)
            trials.append((name, sentence, []))
        elif line.startswith("$ "):
            trials[-1][2].append((line[2:], []))
        elif line[:1] in ("=", "|"):
            trials[-1][2][-1][1].append(line.rstrip())
    return trials


def run(trial):
    """The outcomes of a trial's commands, in its own folder of outputs."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", "IDS": f"{sys.executable} {here}/ids.py"}
    found = []
    for line, _ in trial[2]:
        script = f'align-data() {{ "{command}" "$@"; }}; set -o pipefail; {line}'
        done = subprocess.run(
            ["bash", "-c", script], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, text=True, errors="replace")
        found.append([f"= {done.returncode}"] + ["| " + text if text else "|" for text in shown(done.stdout)])
    return found


start = time.time()
folder.mkdir(parents=True, exist_ok=True)
corpora.make(folder)
models.make(folder / "models")
subprocess.run(["rm", "-rf", str(folder / "out")], check=True)
(folder / "out").mkdir()
text = outcomes.read_text("utf-8")
head = text[: text.index("# ")]
blocks, differ = [head.rstrip("\n")], []
trials = parse(text[text.index("# "):])
for trial in trials:
    name, sentence, commands = trial
    block = [f"# {name}: {sentence}"]
    if names and name not in names:
        found = [outcome for _, outcome in commands]
    else:
        found = run(trial)
    for (line, expected), outcome in zip(commands, found):
        block += [f"$ {line}"] + outcome
        if expected != outcome:
            differ.append(name)
            print(f"{name}: {sentence}\n  $ {line}")
            for change in difflib.unified_diff(expected, outcome, "recorded", "found", lineterm="", n=0):
                if not change.startswith(("---", "+++", "@@")):
                    print("  " + change)
    blocks.append("\n".join(block))
if record:
    outcomes.write_text("\n\n".join(blocks) + "\n", "utf-8")
count = len(names) or len(trials)
print(
    f"{count} trials in {time.time() - start:.0f} s, "
    + (f"{len(set(differ))} differ from the recorded outcome" if differ else "all as recorded"))
sys.exit(1 if differ and not record else 0)
