#!/usr/bin/env bash
# Runs the trials of Documentation/Trials.md through the built command and prints what differs from the recorded outcome
# (scripts/trials/outcomes.txt).
#
#   scripts/trials.sh [--record] [NAME …]
#
#   --record    write what was found as the new outcome
set -euo pipefail
cd "$(dirname "$0")/.."

command=${ALIGN_DATA:-}
for kind in release debug; do
    [[ -z $command && -x .build/$kind/align-data ]] && command=$PWD/.build/$kind/align-data
done
[[ -n $command ]] || { echo "trials.sh: build the command first: make build" >&2; exit 1; }
python=.venv/bin/python3
[[ -x $python ]] || python=python3
exec "$python" scripts/trials/run.py "$command" work/trials scripts/trials/outcomes.txt "$@"
