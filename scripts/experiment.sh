#!/usr/bin/env bash
# The paper's experiment at our size (Documentation/Experiment.md): one set of scored completions, a learned reward taken
# as ground truth, and every objective, β and seed trained on it and evaluated by generation. Everything lies below OUT;
# what is complete is skipped and what was interrupted goes on, so this can be stopped and run again.
#
#   scripts/experiment.sh CORPUS [option…]
#
#   CORPUS                  what `align-data ingest` reads
#   --recipe NAME|FILE      its recipe (generic)
#   --preferences FILE      labelled preferences, read by the recipe; mixed with reference against sample
#   --model MODEL           policy, reference and backbone of the reward model
#   --out DIR               (work/experiment)
#   --prompts N             training prompts (512)            --candidates K    completions of each (4)
#   --tokens N              a completion, at most (48)        --reward-prompts N  for the reward model (256)
#   --eval-prompts N        validation prompts (64)           --eval-candidates N  completions of each (2)
#   --objectives "…"        (copg ipo dpo)                    --seeds "…"       (0 1)
#   --betas-OBJECTIVE "…"   the grid of one objective; the paper's unless given
#   --epochs N              (1)   --batch N  prompts a step (16)   --learning-rate X  (1e-5)
#   --validate-every N      steps between validations (8)
#   --checkpoint-every N    steps between checkpoints, 0 for none (0): an interrupted run begins anew, 1.6 GB less
#   --keep yes              keep the policies (no)
#   --unfinished-reward X   of completions that did not end by themselves (-1, as in arXiv 2403.17031)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() { printf 'experiment: error: %s\n' "$*" >&2; exit 64; }

corpus=${1:-}
[[ -n $corpus && $corpus != --* ]] || fail "the first argument is the corpus to ingest"
shift
declare -A set=(
    [recipe]=generic [preferences]= [model]= [out]=work/experiment [prompts]=512 [candidates]=4 [tokens]=48
    [reward-prompts]=256 [eval-prompts]=64 [eval-candidates]=2 [objectives]="copg ipo dpo" [seeds]="0 1" [epochs]=1
    [batch]=16 [learning-rate]=1e-5 [validate-every]=8 [checkpoint-every]=0
    [unfinished-reward]=-1 [keep]=no
    [betas-copg]=".01 .03 .06 .1 .3 1" [betas-dpo]=".01 .03 .06 .1 .3 1" [betas-ipo]=".003 .01 .03 .06 .1 .3"
)
while (($#)); do
    name=${1#--}
    [[ $1 == --* && ( -v set[$name] || $name == betas-* ) ]] || fail "there is no option $1"
    (($# > 1)) || fail "$1 needs a value"
    set[$name]=$2
    shift 2
done
[[ -n ${set[preferences]} ]] || fail "--preferences names the file that the reward model is trained on"

tool=${TOOL:-.build/release/align-data}
[[ -x $tool ]] || scripts/build.sh >&2
model=${set[model]:-$(scripts/model.sh)}
out=${set[out]}
mkdir -p "$out"

step() {
    printf '\n$ align-data %s\n' "$*" >&2
    "$tool" "$@"
}

# The data, once for all methods.
step ingest "$corpus" --recipe "${set[recipe]}" --tokenizer "$model" --output "$out/corpus"
step generate "$out/corpus" --policy "$model" --candidates 2 --max-tokens "${set[tokens]}" --seed 11 \
    --max-prompts "${set[reward-prompts]}" --output "$out/reward-candidates"
step train-reward "${set[preferences]}" --recipe "${set[recipe]}" --backbone "$model" \
    --candidates "$out/reward-candidates" --epochs 1 --batch 16 --learning-rate 5e-5 --trained-layers 8 \
    --validate-every 1000 --checkpoint-every 0 --output "$out/reward-model"
step generate "$out/corpus" --policy "$model" --candidates "${set[candidates]}" --max-tokens "${set[tokens]}" \
    --max-prompts "${set[prompts]}" --output "$out/candidates"
step score "$out/candidates" --reward "$out/reward-model" --unfinished-reward="${set[unfinished-reward]}" \
    --output "$out/rewards"
step pairs "$out/candidates" --rewards "$out/rewards" --output "$out/pairs"

# Every method on the same pairs, seeds outermost: the first seed's whole picture comes first.
reports=()
for seed in ${set[seeds]}; do
    for objective in ${set[objectives]}; do
        grid=${set[betas-$objective]:-}
        [[ -n $grid ]] || fail "--betas-$objective gives the grid of $objective"
        for beta in $grid; do
            run=$out/runs/$objective-$beta-seed$seed
            if [[ ! -e $run/report/evaluation.json ]]; then
                mkdir -p "$run"
                # A policy far off may stop on a number that is not finite: that is a finding too.
                code=0
                step train "$out/pairs" --policy "$model" --objective "$objective" --beta "$beta" --seed "$seed" \
                    --epochs "${set[epochs]}" --batch "${set[batch]}" --learning-rate "${set[learning-rate]}" \
                    --checkpoint-every "${set[checkpoint-every]}" --validate-every "${set[validate-every]}" \
                    --corpus "$out/corpus" --reward "$out/reward-model" --validation-prompts "${set[eval-prompts]}" \
                    --validation-max-tokens "${set[tokens]}" --unfinished-reward="${set[unfinished-reward]}" \
                    --output "$run/policy" || code=$?
                ((code != 130)) || exit 130
                if ((code != 0)); then
                    printf '%s: training failed with exit code %s\n' "$run" "$code" | tee -a "$out/failed.txt" >&2
                    continue
                fi
                # The reference draws once for all: its side is that of the first report.
                step evaluate "$out/corpus" --policy "$run/policy" --reference "$model" --reward "$out/reward-model" \
                    --max-prompts "${set[eval-prompts]}" --candidates "${set[eval-candidates]}" \
                    --max-tokens "${set[tokens]}" --unfinished-reward="${set[unfinished-reward]}" \
                    ${reports:+--reference-report "${reports[0]}"} --output "$run/report" >"$run/report.txt"
            fi
            # The report holds what the comparison needs; a policy and its checkpoints are 3 GB.
            [[ ${set[keep]} == yes ]] || rm -rf "$run/policy"
            reports+=("$run/report")
            step compare "${reports[@]}" --output "$out/comparison" >"$out/comparison.txt"
        done
    done
done
cat "$out/comparison.txt"
printf 'table, pictures and figures: %s\n' "$out/comparison"
