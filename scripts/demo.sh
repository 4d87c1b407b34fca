#!/usr/bin/env bash
# The whole pipeline on samples/, into work/demo: set-up, release build, model, then every stage. Every stage that is
# already complete is skipped, an interrupted one goes on; `rm -r work/demo` starts over.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What the demo is made of; the rest are the stages' own defaults.
out=work/demo
candidates=4
max_tokens=48
beta=0.06

scripts/build.sh
model=$(scripts/model.sh)
tool=.build/release/align-data
mkdir -p "$out"

step() {
    printf '\n$ align-data %s\n' "$*" >&2
    "$tool" "$@"
}

step ingest samples/posts --recipe samples/recipe.yml --tokenizer "$model" --output "$out/corpus"
step generate "$out/corpus" --policy "$model" --candidates "$candidates" --max-tokens "$max_tokens" \
    --output "$out/candidates"
step train-reward samples/preferences.jsonl --recipe samples/preferences.yml --backbone "$model" \
    --candidates "$out/candidates" --output "$out/reward-model"
step score "$out/candidates" --reward "$out/reward-model" --output "$out/rewards"
step pairs "$out/candidates" --rewards "$out/rewards" --output "$out/pairs"
step verify "$out/corpus" "$out/candidates" "$out/rewards" "$out/pairs"
step train "$out/pairs" --policy "$model" --beta "$beta" --output "$out/policy"
step evaluate "$out/corpus" --policy "$out/policy" --reference "$model" --reward "$out/reward-model" \
    --split validation --output "$out/report"

printf '\nshards: %s/{corpus,candidates,rewards,pairs}; model: %s/policy; report: %s/report\n' "$out" "$out" "$out" >&2
