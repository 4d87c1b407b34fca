#!/usr/bin/env bash
# Form (swift-format, strict), the direction of dependencies, and help for every command and option.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
swift format lint --strict --parallel --recursive Sources Tests Benchmarks Package.swift \
    || { printf 'lint: `swift format -i -p -r Sources Tests Benchmarks Package.swift` mends most of this\n' >&2; exit 1; }
for script in scripts/*.sh .ci/run; do bash -n "$script"; done
scripts/setup.sh
swift test --filter 'ArchitectureTests|HelpTests'
