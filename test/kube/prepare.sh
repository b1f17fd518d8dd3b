#!/usr/bin/env bash
# Makes this machine ready for the tests of the vitest project `kind`: a Docker engine, kind and kubectl, a node image, and images
# of Postgres, MinIO, a registry and flytekit. What is there is kept, so a second run takes seconds. Where images can be pulled, the usual ones
# are; where not, stand-ins are built from Debian's packages, Go modules and PyPI (a quarter of an hour on a fresh machine).
# Says what it does on stderr, and ends with what tests need to know, as JSON, on stdout and in ~/.cache/flyte-kube/environment.json.
# Env: DOCKER_HOST; FLYTE_KUBE_BUILD=1 to build though images can be pulled
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/settings.sh"
PATH=$(cd "$here/../.." && pwd)/node_modules/.bin:$PATH

if ! docker info >/dev/null 2>&1; then
  # The one of the last time may answer still.
  DOCKER_HOST=$(sed -n 's/.*"dockerHost":"\([^"]*\)".*/\1/p' "$cache/environment.json" 2>/dev/null || true)
  export DOCKER_HOST
fi
if [ -z "${DOCKER_HOST-unset}" ] || ! docker info >/dev/null 2>&1; then
  DOCKER_HOST=$("$here/docker-daemon.sh" start)
  export DOCKER_HOST
fi
docker_host=${DOCKER_HOST:-$(docker context inspect -f '{{.Endpoints.docker.Host}}')}
say "Docker $(docker version -f '{{.Server.Version}}') at $docker_host"

"$here/build-programs.sh" kind kubectl

if [ -z "${FLYTE_KUBE_BUILD:-}" ] && timeout 300 docker pull -q postgres:17 >/dev/null 2>&1; then
  say "images can be pulled"
  for image in minio/minio registry:2 python:3.12-slim node:24-slim; do docker pull -q "$image" >/dev/null; done
  # kind knows which node image is its own.
  node=
  postgres=postgres:17
  minio=minio/minio
  registry=registry:2
  engine_base=node:24-slim
  flytekit=$("$here/flytekit-image/build.sh" python:3.12-slim)
else
  say "no image can be pulled: stand-ins are built"
  node=$("$here/node-image/build.sh")
  postgres=$("$here/postgres-image/build.sh")
  minio=$("$here/minio-image.sh")
  registry=$("$here/registry-image.sh")
  flytekit=$("$here/flytekit-image/build.sh")
  engine_base=debootstrap
fi
printf '{"dockerHost":"%s","programs":"%s","nodeImage":"%s","postgresImage":"%s","minioImage":"%s","registryImage":"%s","flytekitImage":"%s","engineBase":"%s"}\n' \
  "$docker_host" "$bin" "$node" "$postgres" "$minio" "$registry" "$flytekit" "$engine_base" | tee "$cache/environment.json"
