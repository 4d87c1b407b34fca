#!/usr/bin/env bash
# Release build: .build/release/align-data and, beside it, the engine that it loads on first use.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh
swift build -c release
