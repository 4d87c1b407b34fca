#!/usr/bin/env bash
# Holds models, tokenizers and what is saved against Hugging Face; prints a table of the largest differences and fails
# where one exceeds its limit. See Documentation/Parity.md.
#
#   run.sh MODEL.gguf HF_DIR PYTHON [PIPELINE]
#
# HF_DIR is the same model as a Hugging Face folder in fp32, PYTHON an interpreter with torch, transformers, tokenizers,
# safetensors and gguf, PIPELINE the output folder of a finished run over the same model (such as work/demo). TEXTS names
# JSON-lines files whose texts are tokenized too. Everything is written to work/parity.
set -euo pipefail
(($# >= 3)) || { printf 'usage: run.sh MODEL.gguf HF_DIR PYTHON [PIPELINE]\n' >&2; exit 64; }
gguf=$(realpath "$1") folder=$(realpath "$2") python=$(command -v "$3")
pipeline=${4:+$(realpath "$4")}
read -r -a texts <<<"${TEXTS:-}"
for n in "${!texts[@]}"; do texts[n]=$(realpath "${texts[n]}"); done
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
here=scripts/parity out=$PWD/work/parity
rm -rf "$out"
mkdir -p "$out"

say() { printf '\nparity: %s\n' "$*" >&2; }
oracle() { "$python" "$here/$1" "${@:2}"; }
tests() { swift test --skip-build --filter ParityTests "$@" >&2 || failed=1; }
failed=0

say "what transformers computes"
oracle model.py "$folder" "$out"
oracle tensors.py "$gguf" >"$out/tensors.txt"
oracle tokenizer.py "$folder/tokenizer.json" "$out/tokens.jsonl" 2000 --split-digits "${texts[@]}"
oracle tokenizer.py "$folder/tokenizer.json" "$out/tokens-folder.jsonl" 2000 "${texts[@]}"

say "what we compute"
scripts/setup.sh
swift build --build-tests >&2
export ALIGN_DATA_PARITY=$out ALIGN_DATA_TENSORS=$out/tensors.txt
# The conversion of a tokenizer from GGUF by transformers loses the splitting of digits, so each has goldens of its own.
ALIGN_DATA_MODEL=$folder ALIGN_DATA_GOLDENS=$out/tokens-folder.jsonl tests --skip saved
ALIGN_DATA_MODEL=$gguf ALIGN_DATA_GOLDENS=$out/tokens.jsonl tests

say "what transformers makes of what we saved"
oracle saved.py "$out" "$out/tokens.jsonl"
if [[ -n $pipeline ]]; then
    oracle shards.py "$out" "$folder" "$pipeline/reward-model" "$pipeline/candidates" "$pipeline/rewards"
fi
printf '\n'
oracle report.py "$out" || failed=1
exit "$failed"
