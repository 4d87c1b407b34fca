#!/usr/bin/env bash
# Makes a fresh Debian machine ready to build: system libraries by apt, libtorch into .venv. Does only what is
# missing (judged by files), so a second run is instant. With TORCH_DIR (a folder that holds torch's include/ and
# lib/) no .venv is made. Swift itself is not installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

torch_version=2.13.0

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { printf 'setup: error: %s\n' "$*" >&2; exit 1; }

command -v swift >/dev/null || fail "no swift on the PATH; install Swift 6.3 or newer from https://swift.org/install"

packages=()
command -v pkg-config >/dev/null || packages+=(pkg-config)
[[ -e /usr/include/archive.h ]] || packages+=(libarchive-dev)
[[ -e /usr/include/libxml2/libxml/xmlreader.h ]] || packages+=(libxml2-dev)
[[ -e /usr/include/sqlite3.h ]] || packages+=(libsqlite3-dev)

header=include/ATen/ATen.h
# pip writes a package's RECORD last: without it the installation was interrupted.
wheel() {
    compgen -G ".venv/lib/python3*/site-packages/torch/$header" >/dev/null \
        && compgen -G ".venv/lib/python3*/site-packages/torch-*.dist-info/RECORD" >/dev/null
}
needs_wheel=false
if [[ -n ${TORCH_DIR:-} ]]; then
    [[ -e $TORCH_DIR/$header ]] || fail "TORCH_DIR has no $header; it must be the folder that holds torch's include/ and lib/"
elif ! wheel; then
    needs_wheel=true
    # Debian's python3 comes without ensurepip, which making an environment needs.
    python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3 python3-venv)
fi

if ((${#packages[@]})); then
    command -v apt-get >/dev/null || fail "missing: ${packages[*]} (Debian names); install them and run this again"
    as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "missing: ${packages[*]}; install them as root and run this again"
        as_root=(sudo)
    fi
    say "installing ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    "${as_root[@]}" apt-get update -qq >&2 || fail "apt-get update failed"
    "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}" >&2 \
        || fail "apt-get could not install ${packages[*]}"
fi

if $needs_wheel; then
    say "installing torch $torch_version into .venv (once)"
    # --clear: what an interrupted installation left is not trusted.
    python3 -m venv --clear .venv || fail "python3 could not make an environment in .venv"
    .venv/bin/python -m pip install --quiet "torch==$torch_version" >&2 \
        || fail "pip could not install torch==$torch_version; with a torch of your own, pass TORCH_DIR=/path/to/torch"
    wheel || fail "torch was installed, but .venv holds no $header"
fi
