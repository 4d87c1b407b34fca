#!/usr/bin/env bash
# The whole pipeline on samples/, into work/demo: set-up, release build, model, then every stage. A stage that is
# already complete is skipped and an interrupted one goes on, so this can be stopped and run again; `rm -r work/demo`
# starts over.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What the demo is made of; the rest are the stages' own defaults.
out=work/demo
candidates=4
max_tokens=48
reward_training=(--epochs 1 --batch 16 --learning-rate 2e-5)
policy_training=(--objective copg --beta 0.06 --epochs 3 --batch 8 --learning-rate 1e-5 --validate-every 0)
evaluation=(--candidates 4 --max-tokens "$max_tokens")

scripts/build.sh >&2
model=$(scripts/model.sh)
tool=.build/release/align-data
mkdir -p "$out"

step() {
    printf '\n$ align-data %s\n' "$*" >&2
    "$tool" "$@"
}

step ingest samples/corpus --recipe samples/recipe.yml --tokenizer "$model" --output "$out/corpus"
step generate "$out/corpus" --policy "$model" --candidates "$candidates" --max-tokens "$max_tokens" \
    --output "$out/candidates"
step train-reward samples/preferences.jsonl --recipe samples/recipe.yml --backbone "$model" \
    --candidates "$out/candidates" "${reward_training[@]}" --output "$out/reward-model"
step score "$out/candidates" --reward "$out/reward-model" --output "$out/rewards"
step pairs "$out/candidates" --rewards "$out/rewards" --output "$out/pairs"
step verify "$out/corpus" "$out/candidates" "$out/rewards" "$out/pairs" >"$out/verification.txt" \
    || { cat "$out/verification.txt" >&2; exit 65; }
step train "$out/pairs" --policy "$model" "${policy_training[@]}" --output "$out/policy"
step evaluate "$out/corpus" --policy "$out/policy" --reference "$model" --reward "$out/reward-model" \
    "${evaluation[@]}" --output "$out/report"

printf '\nshards: %s; model: %s; report: %s\n' "$out/{corpus,candidates,rewards,pairs}" "$out/policy" \
    "$out/report/report.html"
