#!/usr/bin/env bash
# The whole pipeline on samples/, into work/demo: set-up, release build, model, then every stage. A stage that is
# already complete is skipped and an interrupted one goes on, so this can be stopped and run again; `rm -r work/demo`
# starts over.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What the demo is made of; the rest are the stages' own defaults. Small enough for two processor cores, large enough
# for the held-out reward to rise by many standard errors.
out=work/demo
generation=(--candidates 4 --max-tokens 48)
reward_training=(--epochs 1 --batch 16 --learning-rate 5e-5 --trained-layers 6 --validate-every 1000 --checkpoint-every 0)
policy_training=(--objective copg --form group --beta 0.2 --epochs 1 --batch 4 --learning-rate 1e-5 --checkpoint-every 0)
validation=(--validate-every 8 --validation-prompts 32 --validation-candidates 1 --validation-max-tokens 48)
evaluation=(--split validation --candidates 4 --max-tokens 48)

scripts/build.sh >&2
model=$(scripts/model.sh)
tool=.build/release/align-data
mkdir -p "$out"

step() {
    printf '\n$ align-data %s\n' "$*" >&2
    "$tool" "$@"
}

step ingest samples/corpus --recipe samples/recipe.yml --tokenizer "$model" --output "$out/corpus"
step generate "$out/corpus" --policy "$model" "${generation[@]}" \
    --output "$out/candidates"
step train-reward samples/preferences.jsonl --recipe samples/recipe.yml --backbone "$model" \
    --candidates "$out/candidates" "${reward_training[@]}" --output "$out/reward-model"
step score "$out/candidates" --reward "$out/reward-model" --output "$out/rewards"
step pairs "$out/candidates" --rewards "$out/rewards" --output "$out/pairs"
step verify "$out/corpus" "$out/candidates" "$out/rewards" "$out/pairs" >"$out/verification.txt" \
    || { cat "$out/verification.txt" >&2; exit 65; }
step train "$out/pairs" --policy "$model" "${policy_training[@]}" --corpus "$out/corpus" \
    --reward "$out/reward-model" "${validation[@]}" --output "$out/policy"
step evaluate "$out/corpus" --policy "$out/policy" --reference "$model" --reward "$out/reward-model" \
    "${evaluation[@]}" --output "$out/report"

printf '\nshards: %s; model: %s; report: %s\n' "$out/{corpus,candidates,rewards,pairs}" "$out/policy" \
    "$out/report/report.html"
