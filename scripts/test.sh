#!/usr/bin/env bash
# All tests, from a fresh machine on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh
swift build --build-tests
swift test --skip-build
