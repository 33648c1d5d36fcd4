#!/usr/bin/env bash
# What a change must pass besides the tests. `make check`, .ci/run and the pre-commit hooks all run this file.
#
#   tools/check.sh                  all checks
#   tools/check.sh types english    some of them
#
# A failed check does not stop the others; the exit status is 1 if any failed.
set -uo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"

check() {
  case $1 in
    lint) ruff check . ;;
    format) ruff format --check . ;;
    types) mypy ;;
    layers) lint-imports --no-cache ;;
    spelling) codespell ;;
    english) python tools/check_english.py ;;
    *) echo "unknown check: $1" >&2; return 2 ;;
  esac
}

[ $# -gt 0 ] || set -- lint format types layers spelling english
failed=()
for name in "$@"; do
  echo "== $name"
  check "$name" || failed+=("$name")
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "failed: ${failed[*]}" >&2
  exit 1
fi
