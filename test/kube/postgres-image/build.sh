#!/usr/bin/env bash
# Debian's Postgres as an image, for a machine that cannot pull the official one; prints its name.
#   build.sh        (DOCKER_HOST; root)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../settings.sh"
image=local/postgres:15
made_from=$(hash_of "$here"/*)
if ! is_made_from "$image" "$made_from"; then
  root=$("$here/../debian-root.sh" postgres postgresql)
  install -m 755 "$here/entrypoint" "$root/usr/local/bin/docker-entrypoint.sh"
  # The official image's number, which manifests name.
  chroot "$root" sh -c 'id -u postgres | grep -qx 999 || { groupmod -g 999 postgres; usermod -u 999 -g 999 postgres; }'
  install -d -o 999 -g 999 -m 2777 "$root/run/postgresql"
  tar -C "$root" --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
    --exclude='./usr/share/locale/*' --exclude='./dev/*' --exclude='./var/lib/postgresql/*' --exclude='./usr/lib/llvm*' \
    --exclude="./usr/lib/$multiarch/libLLVM*" --exclude='./usr/lib/python3*' --exclude="./usr/lib/$multiarch/perl*" -c . |
    docker import -c "LABEL $content_label=$made_from" -c 'ENTRYPOINT ["docker-entrypoint.sh"]' -c 'CMD ["postgres"]' -c 'EXPOSE 5432' \
      -c 'ENV LANG=C.UTF-8' -c 'ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' - "$image" >/dev/null
  say "built $image, $(($(docker image inspect -f '{{.Size}}' "$image") / 1000000)) MB"
fi
echo "$image"
