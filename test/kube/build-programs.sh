#!/usr/bin/env bash
# Builds programs of a Kubernetes cluster, static, from their Go modules, into ~/.cache/flyte-kube/bin. What is there in the
# wanted version stays.
#   build-programs.sh NAME...
# NAME: kind, etcd, coredns, registry, pause, and Kubernetes' own: kube-apiserver, kubelet, …
# Env: JOBS (2), and the versions of settings.sh
set -euo pipefail
source "$(dirname "$0")/settings.sh"

export CGO_ENABLED=0 GOFLAGS="-mod=mod -buildvcs=false -trimpath -p=${JOBS:-2}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

is_there() { [ -x "$bin/$1" ] && [ "$(cat "$bin/.$1.version" 2>/dev/null)" = "$2" ]; }
keep() { # name version
  mv "$work/out/$1" "$bin/$1"
  echo "$2" >"$bin/.$1.version"
}
go_build() { # ldflags package...
  local ldflags=$1
  shift
  mkdir -p "$work/out"
  quietly go build -tags=grpcnotrace -ldflags "-s -w $ldflags" -o "$work/out/" "$@"
}
# `go install` refuses a module that replaces others: programs are built within a module of ours that requires theirs.
own_module() { # name
  mkdir "$work/$1"
  cd "$work/$1"
  quietly go mod init "$1"
}
build() { # name version module[ package]
  is_there "$1" "$2" && return
  local started=$SECONDS
  own_module "$1-build"
  go mod edit -require "$3@$2"
  go_build "" "${4:-$3}"
  [ -e "$work/out/$1" ] || mv "$work"/out/* "$work/out/$1"
  keep "$1" "$2"
  say "built $1 $2 in $((SECONDS - started)) s"
}

build_coredns() {
  is_there coredns "$coredns" && return
  local started=$SECONDS
  own_module coredns
  go mod edit -require "github.com/coredns/coredns@$coredns"
  # Only what kubeadm's Corefile names: the stock program holds the libraries of three clouds too.
  {
    echo 'package main'
    for plugin in cache errors forward health hosts kubernetes loadbalance log loop metrics ready reload; do
      echo "import _ \"github.com/coredns/coredns/plugin/$plugin\""
    done
    echo 'import "github.com/coredns/coredns/coremain"'
    echo 'func main() { coremain.Run() }'
  } >main.go
  go_build "" .
  keep coredns "$coredns"
  say "built coredns $coredns in $((SECONDS - started)) s"
}

build_registry() {
  is_there registry "$registry" && return
  local started=$SECONDS
  own_module registry
  go mod edit -require "github.com/distribution/distribution/v3@$registry"
  # As its own, but for the storage of three clouds.
  {
    echo 'package main'
    echo 'import "github.com/distribution/distribution/v3/registry"'
    echo 'import _ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"'
    echo 'func main() { _ = registry.RootCmd.Execute() }'
  } >main.go
  go_build "" .
  keep registry "$registry"
  say "built registry $registry in $((SECONDS - started)) s"
}

# The first process of every pod: holds its namespaces, and buries orphans.
build_pause() {
  is_there pause 1 && return
  own_module pause
  cat >main.go <<'GO'
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGCHLD, syscall.SIGTERM, syscall.SIGINT)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		for {
			if pid, _ := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 {
				break
			}
		}
	}
}
GO
  go_build "" .
  keep pause 1
  say "built pause"
}

# All in one go: packages compile while a finished program links.
build_kubernetes() { # name...
  local started=$SECONDS own minor variables wanted=()
  for name in "$@"; do is_there "$name" "$kubernetes" || wanted+=("$name"); done
  [ ${#wanted[@]} -gt 0 ] || return 0
  own_module kubernetes
  own=$(go mod download -json "k8s.io/kubernetes@$kubernetes" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
  # Kubernetes' own parts are directories of its repository; each is published as a module too, as v0 of the same release.
  {
    echo "module kubernetes"
    sed -n '/^go /p' "$own" | head -1
    grep '^godebug ' "$own" || true
    echo "require k8s.io/kubernetes $kubernetes"
    sed -n 's#^[[:space:]]*\(k8s[.]io/[^ ]*\) => [.]/staging/.*#replace \1 => \1 v0'"${kubernetes#v1}"'#p' "$own" | sort -u
  } >go.mod
  minor=${kubernetes#v1.}
  variables=""
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    variables+=" -X $package.gitVersion=$kubernetes -X $package.gitMajor=1 -X $package.gitMinor=${minor%%.*} -X $package.gitTreeState=clean"
  done
  go_build "$variables" "${wanted[@]/#/k8s.io/kubernetes/cmd/}"
  for name in "${wanted[@]}"; do keep "$name" "$kubernetes"; done
  say "built ${wanted[*]} $kubernetes in $((SECONDS - started)) s"
}

own_programs=()
for name in "$@"; do
  case $name in
  kind) is_there kind "$kind" || missing=1 ;;
  etcd) is_there etcd "$etcd" || missing=1 ;;
  coredns) is_there coredns "$coredns" || missing=1 ;;
  registry) is_there registry "$registry" || missing=1 ;;
  pause) is_there pause 1 || missing=1 ;;
  kube-apiserver | kube-controller-manager | kube-scheduler | kube-proxy | kubelet | kubeadm | kubectl)
    own_programs+=("$name")
    is_there "$name" "$kubernetes" || missing=1
    ;;
  *)
    echo "there is no way here to build $name" >&2
    exit 2
    ;;
  esac
done
[ -n "${missing:-}" ] || exit 0
command -v go >/dev/null || { echo "go is needed to build $*; it is not on PATH" >&2; exit 1; }
for name in "$@"; do
  case $name in
  kind) build kind "$kind" sigs.k8s.io/kind ;;
  etcd) build etcd "$etcd" go.etcd.io/etcd/server/v3 ;;
  coredns) build_coredns ;;
  registry) build_registry ;;
  pause) build_pause ;;
  esac
done
build_kubernetes ${own_programs[@]+"${own_programs[@]}"}
