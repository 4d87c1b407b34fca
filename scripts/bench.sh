#!/usr/bin/env bash
# Measures this build beside its peers and prints a table of ours, theirs and the ratio. Each figure is taken alone: one
# process at a time, ours and the peer's in turn. Nothing else should run meanwhile.
#
#   ROWS="tokenize train"   only these rows; all: start tokenize ingest pairs score sample train
#   TEXT=FILE FIELD=NAME    the JSON lines that are tokenized and ingested; without it a sample too small to compare by
#   PEERS=DIR               Python environments of the peers (peers/, streaming/) and the model as smollm2-hf/
#   PEER_SCRIPTS=DIR        the scripts that run them
#   RECORD=1                append the table to Documentation/Benchmarks.md; refused while the machine is busy
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C

fail() { printf 'bench: error: %s\n' "$*" >&2; exit 1; }
say() { printf 'bench: %s\n' "$*" >&2; }

all_rows="start tokenize ingest pairs score sample train"
rows=${ROWS:-$all_rows}
for row in $rows; do
    [[ " $all_rows " == *" $row "* ]] || fail "no row is named $row; there are: $all_rows"
done
text=${TEXT:-samples/corpus/posts.jsonl}
field=${FIELD:-$([[ -n ${TEXT:-} ]] || echo post)}
[[ -e $text ]] || fail "TEXT is $text, where nothing is"
[[ -n $field ]] || fail "FIELD names the field of $text that holds the text"
peers=false
if [[ -n ${PEERS:-} || -n ${PEER_SCRIPTS:-} ]]; then
    [[ -x ${PEERS:-}/peers/bin/python ]] || fail "PEERS is '${PEERS:-}', which holds no peers/bin/python"
    [[ -e ${PEER_SCRIPTS:-}/hf_tokenize.py ]] || fail "PEER_SCRIPTS is '${PEER_SCRIPTS:-}', which holds no hf_tokenize.py"
    peers=true
fi

scripts/build.sh >&2
model=$(scripts/model.sh)
# Beside a peer, text is cut by the very tokenizer.json that the peer loads.
tokenizer=$model
$peers && tokenizer=$PEERS/smollm2-hf
bench=.build/release/align-data-bench
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/ours"
: >"$work/theirs"

# The share of processor time that others take, in percent, over two seconds.
busy() {
    local first second
    read -r -a first < <(head -1 /proc/stat)
    sleep 2
    read -r -a second < <(head -1 /proc/stat)
    local total=0 idle=$((second[4] + second[5] - first[4] - first[5]))
    for i in 1 2 3 4 5 6 7 8; do total=$((total + second[i] - first[i])); done
    echo $((total > 0 ? 100 - 100 * idle / total : 0))
}
quiet=true
if [[ -r /proc/stat ]] && share=$(busy) && ((share > 10)); then
    quiet=false
    say "the machine is busy ($share% of its processor time): these figures say little"
    [[ ${RECORD:-} != 1 ]] || fail "nothing is recorded while other work runs"
fi

ours() { say "ours: $*"; "$bench" "$@" | tee -a "$work/ours" >&2; }

# theirs ENVIRONMENT SCRIPT ARGUMENTS…: the peer's output, in which `figure` finds a number.
output=
theirs() {
    local python=$PEERS/$1/bin/python script=$2
    shift 2
    [[ -x $python ]] || { say "no $python: the row stays without its peer"; output=; return; }
    say "peer: $script $*"
    output=$(HF_HUB_OFFLINE=1 "$python" "$PEER_SCRIPTS/$script" "$@" 2>"$work/log") \
        || { tail -5 "$work/log" >&2; say "$script failed: the row stays without its peer"; output=; }
    [[ -z $output ]] || sed 's/^/    /' <<<"$output" >&2
}
# figure NAME PATTERN: the first group of the extended regular expression becomes NAME's figure.
figure() {
    [[ $output =~ $2 ]] && printf '%s\t%s\n' "$1" "${BASH_REMATCH[1]}" >>"$work/theirs"
    return 0
}
hf=${PEERS:-}/smollm2-hf
number='([0-9.]+)'

start_row() {
    local times=() from
    say "ours: align-data --help"
    for _ in {1..31}; do
        from=${EPOCHREALTIME/./}
        .build/release/align-data --help >/dev/null
        times+=($((${EPOCHREALTIME/./} - from)))
    done
    printf '%s\n' "${times[@]:1}" | sort -n \
        | awk '{ v[NR] = $1 } END { printf "start\t%.1f\tms\n", v[int(NR / 2) + 1] / 1000 }' >>"$work/ours"
}
tokenize_row() {
    ours tokenize --model "$tokenizer" --text "$text" --field "$field"
    $peers || return 0
    theirs peers hf_tokenize.py "$hf" "$text" "$field"
    figure tokenize-1 "1 thread: $number MB/s"
    figure tokenize-all "all threads: $number MB/s"
    figure tokenize-count "MB/s, $number tokens"
}
ingest_row() {
    local file figure=ingest
    gzip -c "$text" >"$work/ingest.jsonl.gz"
    for file in "$text" "$work/ingest.jsonl.gz"; do
        ours ingest --model "$tokenizer" --text "$file" --field "$field" --work "$work"
        if $peers; then
            theirs peers hf_ingest.py "$hf" "$file" "$field"
            figure "$figure" "$number MB/s"
        fi
        figure=ingest-gzip
    done
}
pairs_row() {
    ours pairs --work "$work"
    ours sqlite --work "$work"
    $peers || return 0
    theirs streaming mds_stream.py "$work"
    figure write "write $number rows/s"
    figure write-sqlite "write $number rows/s"
    figure stream "0 workers: $number rows/s"
    figure stream "2 workers: $number rows/s"
    rm -rf "$work/mds"
}
score_row() {
    ours score --model "$model" --work "$work"
    $peers || return 0
    theirs peers hf_score.py "$hf"
    figure score "$number completions/s"
}
sample_row() {
    ours sample --model "$model" --sequences 64
    ours sample --model "$model" --sequences 128
    $peers || return 0
    local batch
    for batch in 8 32; do
        theirs peers hf_generate.py "$hf" bfloat16 "$batch"
        for sequences in 64 128; do
            figure "sample-$sequences" "overall $number new"
            figure "decode-$sequences" "decode $number tok"
        done
    done
}
train_row() {
    ours train --model "$model" --completions 2
    ours train --model "$model" --completions 4
    $peers || return 0
    theirs peers trl_train.py "$hf" bfloat16 pre
    for completions in 2 4; do
        figure "train-$completions" "$number pairs/s"
        figure "train-$completions-memory" "peak $number GB"
    done
}

for row in $rows; do "${row}_row"; done

# Where the peer has several figures, the best of them counts.
table() {
    awk -F '\t' '
        FILENAME == ARGV[1] { label[$1] = $2; peer[$1] = $3; next }
        FILENAME == ARGV[2] { if (!($1 in theirs) || $2 > theirs[$1]) theirs[$1] = $2 + 0; next }
        $1 in label {
            ratio = $1 in theirs && theirs[$1] > 0 ? sprintf("%.2f", $2 / theirs[$1]) : ""
            printf "| %s | %s | %s | %s | %s | %s |\n", label[$1], $2, $3, \
                ($1 in theirs ? theirs[$1] : ""), ($1 in theirs ? peer[$1] : ""), ratio
        }' - "$work/theirs" "$work/ours" <<'LABELS'
start	`align-data --help`
tokenize-1	tokenize, 1 thread	HF tokenizers
tokenize-all	tokenize, all cores	HF tokenizers, batch
tokenize-new	the text's words, once each	HF tokenizers
tokenize-letter	a megabyte of one letter	HF tokenizers
tokenize-period	a megabyte of "abab"	HF tokenizers
tokenize-letters	a megabyte of random letters	HF tokenizers
tokenize-blanks	a megabyte of blanks	HF tokenizers
tokenize-newlines	a megabyte of newlines	HF tokenizers
tokenize-cjk	a megabyte of CJK without blanks	HF tokenizers
tokenize-base64	a megabyte of base64	HF tokenizers
ingest	ingest JSON lines	HF datasets, 2 processes
ingest-gzip	ingest JSON lines in gzip, bytes of gzip	HF datasets, 2 processes
write	write pair rows, hashed	mosaicml-streaming, sha1
write-sqlite	insert the same rows by bare SQLite, one thread, not hashed	mosaicml-streaming, sha1
stream	stream pair rows, shuffled	mosaicml-streaming, best of 0 and 2 workers
score	score, 4 completions a prompt	HF sequence classification, batch 16
sample-64	sample, 64 at once, prompts included	HF generate, best of batch 8 and 32
decode-64	the same, decoding alone	HF generate, best of batch 8 and 32
sample-128	sample, 128 at once, prompts included	HF generate, best of batch 8 and 32
decode-128	the same, decoding alone	HF generate, best of batch 8 and 32
train-2	train step, 1 pair a prompt	TRL DPOTrainer, precomputed
train-2-memory	the same, peak memory	TRL DPOTrainer, precomputed
train-4	train step, 4 completions a prompt, 6 pairs	TRL DPOTrainer, precomputed
train-4-memory	the same, peak memory	TRL DPOTrainer, precomputed
LABELS
}
processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -1)
{
    printf '\n## %s, %s, %s cores\n\n' "$(date -u +%F)" "${processor:-$(uname -m)}" "$(getconf _NPROCESSORS_ONLN)"
    printf 'Text: %s, %s bytes. Ratio: ours by theirs.\n\n' "$(basename "$text")" "$(wc -c <"$text" | tr -d ' ')"
    printf '| work | ours | unit | peer | which | ratio |\n|---|---|---|---|---|---|\n'
    table
} >"$work/table"
cat "$work/table"

counts=$(awk -F '\t' '$1 == "tokenize-count" { print $2 }' "$work/ours" "$work/theirs" | sort -u | wc -l)
((counts <= 1)) || fail "the tokenizers disagree on the number of tokens"
$quiet || say "measured beside other work"
if [[ ${RECORD:-} == 1 ]]; then
    cat "$work/table" >>Documentation/Benchmarks.md
    say "appended to Documentation/Benchmarks.md"
fi
