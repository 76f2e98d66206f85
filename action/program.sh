#!/usr/bin/env bash
# The program, built of the checkout that this file is in.
#
#   program.sh key            prints key=…, a name for what is built: sources, locked crates, compiler
#   program.sh build FOLDER   builds it, and leaves FOLDER/provision
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1:-} in
key)
    sources=$(find Cargo.toml Cargo.lock src -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum)
    compiler=$(rustc --version --verbose)
    hash=$(printf '%s\n' "$sources" "$compiler" | sha256sum | cut -d ' ' -f 1)
    echo "key=provision-$hash"
    ;;
build)
    folder=${2:?a folder}
    cargo build --release --locked
    mkdir -p "$folder"
    cp "${CARGO_TARGET_DIR:-target}/release/provision" "$folder/provision"
    ;;
*)
    echo "program.sh key | build FOLDER" >&2
    exit 3
    ;;
esac
