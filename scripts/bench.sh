#!/usr/bin/env bash
# Says what can be measured on this machine. It measures nothing yet, and prints no figure that was not measured.
# PEERS=DIR names a folder with a Python environment of the peers (peers/bin/python: transformers, tokenizers,
# datasets, trl).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

printf 'bench: no benchmark is wired yet; nothing was measured.\n'
if [[ -x .build/release/align-data ]]; then
    printf 'bench: the release build is there. `time .build/release/align-data STAGE …` measures a stage by hand.\n'
else
    printf 'bench: there is no release build; `make build` makes one.\n'
fi
if [[ -z ${PEERS:-} ]]; then
    printf 'bench: no peers given; PEERS=DIR names the folder of their environment.\n'
elif [[ -x $PEERS/peers/bin/python ]]; then
    printf 'bench: peers in %s:\n' "$PEERS"
    "$PEERS/peers/bin/python" - <<'PY'
from importlib import metadata
for name in ("torch", "transformers", "tokenizers", "datasets", "trl"):
    try:
        print(f"bench:   {name} {metadata.version(name)}")
    except metadata.PackageNotFoundError:
        print(f"bench:   {name} is not installed")
PY
else
    printf 'bench: error: %s holds no peers/bin/python\n' "$PEERS" >&2
    exit 1
fi
