#!/usr/bin/env bash
# The house in figures: files and lines by target, the longest file and function, public declarations and how many of
# them are documented, and what is allowed only with a reason. Reads the sources as text; builds nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec python3 scripts/house.py
