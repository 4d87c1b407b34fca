#!/usr/bin/env bash
# Holds published chat templates against transformers: the texts and ids of twelve conversations each. Prints what is the
# same, refused and different, and exits 1 where one differs. See Documentation/Parity.md.
#
#   templates.sh TEMPLATES PYTHON [PYTHON ...]
#
# TEMPLATES holds *.jinja anywhere below it, as Python packages carry them. Each PYTHON has transformers and jinja2.
# Writes to work/parity/templates.
set -euo pipefail
(($# >= 2)) || { printf 'usage: templates.sh TEMPLATES PYTHON [PYTHON ...]\n' >&2; exit 64; }
templates=$(realpath "$1") pythons=()
for python in "${@:2}"; do pythons+=("$(command -v "$python")"); done
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=$PWD/work/parity/templates
mkdir -p "$out"
failed=0
for n in "${!pythons[@]}"; do
    rows=$out/rows-$n.jsonl
    "${pythons[n]}" -c 'import transformers; print("transformers", transformers.__version__)' 2>/dev/null
    "${pythons[n]}" scripts/parity/templates.py "$templates" Tests/AlignDataTests/Resources/Tokenization "$rows" 2>/dev/null
    ALIGN_DATA_TEMPLATES=$rows swift test ${SKIP_BUILD:+--skip-build} --filter PublishedTemplateTests >"$rows.log" 2>&1 || failed=1
    cat "$rows.report"
done
exit "$failed"
