#!/usr/bin/env bash
# Builds etcd, kube-apiserver and kubectl, static, from their Go modules, into DEST_DIR (default: ~/.cache/flyte-kube/bin): a
# real API server without nodes, for the tests in test/kubernetes. What is there in the wanted version stays. The first time
# takes six to nine minutes of two cores.
#   build-api-server.sh [DEST_DIR]
# Env: KUBERNETES_VERSION, ETCD_VERSION, JOBS
set -euo pipefail

kubernetes=${KUBERNETES_VERSION:-v1.34.4}
etcd=${ETCD_VERSION:-v3.6.5}
dest=${1:-$HOME/.cache/flyte-kube/bin}
mkdir -p "$dest"
dest=$(cd "$dest" && pwd)

command -v go >/dev/null || { echo "go is needed to build an API server; it is not on PATH" >&2; exit 1; }
export CGO_ENABLED=0 GOFLAGS="-mod=mod -buildvcs=false -trimpath -p=${JOBS:-2}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

is_there() { [ -x "$dest/$1" ] && [ "$(cat "$dest/.$1.version" 2>/dev/null)" = "$2" ]; }

# A program is built within a module of ours that requires its own: `go install` refuses modules that replace others.
build() { # name version package ldflags
  local started=$SECONDS
  go build -ldflags "-s -w $4" -o "$work/$1" "$3" >"$work/log" 2>&1 || { grep -v '^go: downloading' "$work/log" | tail -20 >&2; exit 1; }
  mv "$work/$1" "$dest/$1"
  echo "$2" >"$dest/.$1.version"
  echo "built $1 $2 in $((SECONDS - started)) s"
}

if ! is_there etcd "$etcd"; then
  mkdir "$work/etcd-module" && cd "$work/etcd-module"
  go mod init build >/dev/null 2>&1
  go mod edit -require "go.etcd.io/etcd/server/v3@$etcd"
  build etcd "$etcd" go.etcd.io/etcd/server/v3 ""
fi

if ! is_there kube-apiserver "$kubernetes" || ! is_there kubectl "$kubernetes"; then
  mkdir "$work/kube-module" && cd "$work/kube-module"
  go mod init build >/dev/null 2>&1
  own=$(go mod download -json "k8s.io/kubernetes@$kubernetes" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
  # Kubernetes' own parts are directories of its repository; each is published as a module too, as v0 of the same release.
  {
    echo "module build"
    sed -n '/^go /p' "$own" | head -1
    grep '^godebug ' "$own" || true
    echo "require k8s.io/kubernetes $kubernetes"
    sed -n 's#^[[:space:]]*\(k8s[.]io/[^ ]*\) => [.]/staging/.*#replace \1 => \1 v0'"${kubernetes#v1}"'#p' "$own" | sort -u
  } >go.mod
  minor=${kubernetes#v1.}
  version=k8s.io/component-base/version
  for program in kube-apiserver kubectl; do
    is_there "$program" "$kubernetes" || build "$program" "$kubernetes" "k8s.io/kubernetes/cmd/$program" \
      "-X $version.gitVersion=$kubernetes -X $version.gitMajor=1 -X $version.gitMinor=${minor%%.*}"
  done
fi
