#!/usr/bin/env bash
# MinIO as an image, built from its Go module, for a machine that cannot pull the official one; prints its name.
#   minio-image.sh        (DOCKER_HOST; Node)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/settings.sh"
image=local/minio:local
program=$(node "$here/../../scripts/test-minio.js")
[ -x "$program" ] || { echo "$program" >&2; exit 1; }
made_from=$( (echo "$program"; cat "$0") | hash_of -)
if ! is_made_from "$image" "$made_from"; then
  work=$(mktemp -d "$cache/minio-image.XXXXXX")
  trap 'rm -rf "$work" "$work.Dockerfile"' EXIT
  mkdir -p "$work/usr/bin" "$work/tmp"
  chmod 1777 "$work/tmp"
  cp "$program" "$work/usr/bin/minio"
  printf 'FROM scratch\nCOPY . /\nENV PATH=/usr/bin\nENTRYPOINT ["/usr/bin/minio"]\n' >"$work.Dockerfile"
  quietly docker build --label "$content_label=$made_from" -t "$image" -f "$work.Dockerfile" "$work"
  say "built $image, $(($(docker image inspect -f '{{.Size}}' "$image") / 1000000)) MB"
fi
echo "$image"
