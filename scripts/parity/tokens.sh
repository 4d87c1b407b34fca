#!/usr/bin/env bash
# Holds the tokenizers of whole model families against HF tokenizers: a line a family, and exit 1 where one differs.
# See Documentation/Parity.md.
#
#   tokens.sh PACKAGES PYTHON [RANDOM [FAMILY ...]]
#
# PACKAGES holds, unpacked, the Python packages that carry the vocabularies (see oracles.py). PYTHON has tokenizers,
# transformers and gguf. RANDOM is the number of random strings a family, a million if left out. TEXTS names JSON-lines files
# whose strings are compared too. Uses one core at low priority; writes to work/parity/tokens.
set -euo pipefail
(($# >= 2)) || { printf 'usage: tokens.sh PACKAGES PYTHON [RANDOM [FAMILY ...]]\n' >&2; exit 64; }
packages=$(realpath "$1") python=$(command -v "$2") count=${3:-1000000} families=("${@:4}")
read -r -a texts <<<"${TEXTS:-}"
for n in "${!texts[@]}"; do texts[n]=$(realpath "${texts[n]}"); done
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
here=scripts/parity out=$PWD/work/parity/tokens command=$PWD/.build/release/align-data
[[ -x $command ]] || scripts/build.sh
rm -rf "$out"
mkdir -p "$out"
"$python" "$here/oracles.py" "$packages" "$out" "${families[@]}"

failed=0
compare() { # TOKENIZER ORACLE
    nice -n 19 taskset -c 0 "$python" "$here/tokens.py" "$command" "$1" "$2" --random "$count" "${texts[@]}" || failed=1
}
for folder in "$out"/*/; do compare "${folder%/}" "$folder/tokenizer.json"; done

# The same vocabularies by way of the file they came in. Ids of added tokens that a GGUF does not tell apart may differ in
# their flags, not in plain text.
count=0
from() { # ORACLE FILE
    local file
    file=$(find -L "$packages" -name "$2" -print -quit)
    if [[ -n $file && -d $out/$1 ]]; then compare "$file" "$out/$1/tokenizer.json"; fi
}
from smollm2 'SmolLM2-*.gguf'
from gpt2 ggml-vocab-gpt-2.gguf
from starcoder ggml-vocab-starcoder.gguf
from llama3 ggml-vocab-llama-bpe.gguf
from qwen2 ggml-vocab-qwen2.gguf
from qwen35 ggml-vocab-qwen35.gguf
from deepseek-llm ggml-vocab-deepseek-llm.gguf
from deepseek-coder ggml-vocab-deepseek-coder.gguf
from command-r ggml-vocab-command-r.gguf
from llama2 ggml-vocab-llama-spm.gguf
from gemma4 ggml-vocab-gemma-4.gguf
exit "$failed"
