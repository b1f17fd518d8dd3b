#!/usr/bin/env bash
# An image for task pods: Python and the flytekit that the tests pin; prints its name.
#   build.sh [BASE]     BASE: an image with Python and pip; without it, Debian's Python (DOCKER_HOST; root)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../settings.sh"
flytekit=$(sed -nE 's/^flytekit(\[[a-z,]*\])?==//p' "$here/../../python/requirements.txt")
image=local/flytekit:$flytekit
made_from=$( (echo "${1:-}"; cat "$here"/*) | hash_of -)
if is_made_from "$image" "$made_from"; then
  echo "$image"
  exit
fi
if [ -n "${1:-}" ]; then
  quietly docker build --build-arg BASE="$1" --build-arg FLYTEKIT="$flytekit" --label "$content_label=$made_from" -t "$image" "$here"
else
  root=$("$here/../debian-root.sh" flytekit python3,python3-pip,ca-certificates)
  version=$(chroot "$root" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  wheels=$cache/wheels-$flytekit-$version
  if [ ! -f "$wheels/complete" ]; then
    started=$SECONDS
    # By this machine's pip, which knows how to reach the package index from here.
    quietly python3 -m pip download --quiet --only-binary=:all: --python-version "$version" --implementation cp \
      --platform "manylinux2014_$(uname -m)" --platform "manylinux_2_28_$(uname -m)" --platform "manylinux_2_34_$(uname -m)" --dest "$wheels" "flytekit==$flytekit"
    touch "$wheels/complete"
    say "downloaded flytekit $flytekit and what it needs in $((SECONDS - started)) s"
  fi
  mkdir -p "$root/wheels"
  mount --bind "$wheels" "$root/wheels"
  trap 'umount "$root/wheels"' EXIT
  quietly chroot "$root" env -i PATH=/usr/local/bin:/usr/bin:/bin python3 -m pip install --no-index --find-links /wheels --break-system-packages \
    --no-cache-dir --no-compile --root-user-action=ignore "flytekit==$flytekit"
  # A task's start is the import of flytekit: without bytecode it takes three times as long. Some files of tests are no Python.
  chroot "$root" env -i PATH=/usr/bin:/bin python3 -m compileall -q --invalidation-mode unchecked-hash /usr/lib/python3 \
    "/usr/lib/python$version" "/usr/local/lib/python$version" >/dev/null || true
  umount "$root/wheels"
  trap - EXIT
  tar -C "$root" --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
    --exclude='./usr/share/locale/*' --exclude='./usr/share/perl*' --exclude="./usr/lib/$multiarch/perl*" --exclude='./usr/lib/gcc*' \
    --exclude='./usr/include/*' --exclude='./usr/lib/python3/dist-packages/pip*' --exclude='./dev/*' -c . |
    docker import -c "LABEL $content_label=$made_from" -c 'ENV PYTHONPATH=/root' -c 'ENV PYTHONDONTWRITEBYTECODE=1' -c 'WORKDIR /root' \
      -c 'ENV PATH=/usr/local/bin:/usr/bin:/bin' - "$image" >/dev/null
fi
say "built $image, $(($(docker image inspect -f '{{.Size}}' "$image") / 1000000)) MB"
echo "$image"
