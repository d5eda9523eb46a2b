#!/usr/bin/env bash
# Makes an Incus instance of each body in DIR, so many at once, by nothing but
# curl, and fails when one is not made.
#
#   copies.sh SOCKET PROJECT DIR PARALLEL
set -euo pipefail

export SOCKET=$1 PROJECT=$2

copy() {
  local operation
  operation=$(curl -sS --fail-with-body --unix-socket "$SOCKET" -H 'content-type: application/json' \
    --data-binary "@$1" "http://incus/1.0/instances?project=$PROJECT" |
    grep -o '"operation":"[^"?]*' | cut -d'"' -f4)
  local ended
  ended=$(curl -sS --fail-with-body --unix-socket "$SOCKET" \
    "http://incus$operation/wait?project=$PROJECT&timeout=600")
  case $ended in *'"status":"Failure"'*) printf '%s\n' "$ended" >&2; return 1 ;; esac
}
export -f copy

# shellcheck disable=SC2016
find "$3" -name '*.json' -print0 | sort -z | xargs -0 -P "$4" -I '{}' bash -c 'set -euo pipefail; copy "$1"' copy '{}'
