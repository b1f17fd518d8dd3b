#!/usr/bin/env bash
# A registry of images as an image, built from its Go module, for a machine that cannot pull the official one; prints its name.
#   registry-image.sh        (DOCKER_HOST)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/settings.sh"
image=local/registry:local
"$here/build-programs.sh" registry
made_from=$( (echo "$registry"; cat "$0") | hash_of -)
if ! is_made_from "$image" "$made_from"; then
  work=$(mktemp -d "$cache/registry-image.XXXXXX")
  trap 'rm -rf "$work" "$work.Dockerfile"' EXIT
  mkdir -p "$work/bin" "$work/tmp" "$work/var/lib/registry" "$work/etc/docker/registry"
  chmod 1777 "$work/tmp"
  cp "$bin/registry" "$work/bin/registry"
  # Where the official one has its data and its port.
  cat >"$work/etc/docker/registry/config.yml" <<'YAML'
version: 0.1
storage:
  filesystem:
    rootdirectory: /var/lib/registry
http:
  addr: :5000
YAML
  printf 'FROM scratch\nCOPY . /\nENTRYPOINT ["/bin/registry", "serve"]\nCMD ["/etc/docker/registry/config.yml"]\n' >"$work.Dockerfile"
  quietly docker build --label "$content_label=$made_from" -t "$image" -f "$work.Dockerfile" "$work"
  say "built $image, $(($(docker image inspect -f '{{.Size}}' "$image") / 1000000)) MB"
fi
echo "$image"
