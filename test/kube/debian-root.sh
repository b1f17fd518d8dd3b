#!/usr/bin/env bash
# A Debian root directory with packages, from Debian's own mirror; prints its path. What is there with the same packages stays.
#   debian-root.sh NAME PACKAGE,PACKAGE…
# Env: DEBIAN_MIRROR
set -euo pipefail
source "$(dirname "$0")/settings.sh"
root=$cache/$1root-$suite
if [ "$(cat "$root.packages" 2>/dev/null)" != "$2" ]; then
  if ! command -v debootstrap >/dev/null; then
    quietly apt-get update
    DEBIAN_FRONTEND=noninteractive quietly apt-get install -y --no-install-recommends debootstrap
  fi
  started=$SECONDS
  rm -rf "$root"
  mkdir -p "$cache/packages"
  quietly debootstrap --variant=minbase --cache-dir="$cache/packages" --include="$2" "$suite" "$root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"}
  echo "$2" >"$root.packages"
  say "made a Debian root with $2 in $((SECONDS - started)) s"
fi
echo "$root"
