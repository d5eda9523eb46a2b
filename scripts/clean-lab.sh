#!/usr/bin/env bash
# Removes what Lectern made in Incus: every machine, image and volume of the
# project "lectern" and of the projects that tests and benchmarks left behind,
# and these projects. The pool, the network and the lab images stay.
#
#   clean-lab.sh         everything
#   clean-lab.sh tests   only what tests and benchmarks left behind
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

if ! have incus || ! incus query /1.0 >/dev/null 2>&1; then
  say "Incus does not answer, so there is nothing to remove."
  exit 0
fi

which='^(lectern|lectern-test-.*|lectern-bench-.*)$'
[ "${1:-}" != tests ] || which='^lectern-(test|bench)-.*$'

removed=no
while read -r project; do
  mapfile -t machines < <(incus list --project "$project" --format csv --columns n)
  if [ ${#machines[@]} -gt 0 ]; then
    printf '%s\n' "${machines[@]}" |
      xargs -r -P 4 -n 8 incus delete --project "$project" --force || true
  fi
  # By force: images, profiles and volumes of the project go with it.
  incus query -X DELETE --wait "/1.0/projects/$project?force=1" </dev/null >/dev/null
  say "Removed project $project with ${#machines[@]} machines."
  removed=yes
done < <(incus project list --format csv --columns n | sed 's/ (current)$//' |
  grep -E "$which" || true)

[ "$removed" = yes ] || say "Nothing of Lectern is left in Incus."
