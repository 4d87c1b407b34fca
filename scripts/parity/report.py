"""The table of differences, OUT/measured.tsv: a line a quantity (source, quantity, number of values, largest and mean
absolute difference, limit on the largest or none). ParityTests writes the same lines.

Usage: report.py OUT prints it; the exit status is 1 when a limit is exceeded.
"""
import math, pathlib, sys


def add(out, source, quantity, differences, limit):
    largest = max((math.inf if math.isnan(d) else d for d in differences), default=math.inf)
    mean = sum(differences) / max(1, len(differences))
    with open(pathlib.Path(out) / "measured.tsv", "a") as file:
        bound = "" if limit is None else f"{limit:g}"
        file.write(f"{source}\t{quantity}\t{len(differences)}\t{largest:.3g}\t{mean:.3g}\t{bound}\n")


if __name__ == "__main__":
    rows = [line.rstrip("\n").split("\t") for line in open(pathlib.Path(sys.argv[1]) / "measured.tsv")]
    print(f"{'':12} {'what':54} {'values':>8} {'largest':>9} {'mean':>9} {'limit':>7}")
    failures = 0
    for source, quantity, count, largest, mean, limit in rows:
        fails = limit != "" and not float(largest) <= float(limit)
        failures += fails
        print(f"{source:12} {quantity:54} {count:>8} {largest:>9} {mean:>9} {limit:>7}{' <-' if fails else ''}")
    sys.exit(1 if failures else 0)
