# Sourced by the scripts beside it: versions, and where what they make is kept (outside the checkout, so that it outlives it).
cache=${FLYTE_KUBE_CACHE:-$HOME/.cache/flyte-kube}
bin=$cache/bin
mkdir -p "$bin"

kubernetes=${KUBERNETES_VERSION:-v1.34.4}
# What kubeadm of that Kubernetes asks for.
etcd=${ETCD_VERSION:-v3.6.5}
coredns=${COREDNS_VERSION:-v1.12.1}
kind=${KIND_VERSION:-v0.33.0}
registry=${REGISTRY_VERSION:-v3.0.0}

# The last Debian whose systemd runs on cgroup v1 too.
suite=bookworm
multiarch=$(uname -m)-linux-gnu

# The classic builder: it needs no plugin of the command line, and has no cache of its own to fill up.
export DOCKER_BUILDKIT=0

say() { echo "[$SECONDS s] $*" >&2; }

# Of files and texts: what an image was made from, kept in its label.
hash_of() { cat "$@" | sha256sum | cut -c1-16; }
content_label=flyte.dev/made-from
is_made_from() { # image hash
  [ "$(docker image inspect -f "{{index .Config.Labels \"$content_label\"}}" "$1" 2>/dev/null)" = "$2" ]
}

# Runs a command quietly, and shows the end of what it said when it fails.
quietly() {
  local log
  log=$(mktemp)
  "$@" >"$log" 2>&1 || { tail -30 "$log" >&2; rm -f "$log"; return 1; }
  rm -f "$log"
}
