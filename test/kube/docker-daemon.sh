#!/usr/bin/env bash
# A Docker daemon of the tests' own, for a machine on which none answers (Linux, root).
#   docker-daemon.sh start    prints its DOCKER_HOST
#   docker-daemon.sh stop     its images stay
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/settings.sh"
directory=$cache/docker
pid_file=$directory/docker.pid
mkdir -p "$directory"
export DOCKER_HOST=unix://$directory/docker.sock

# Whether the process of the pid file is the daemon still: another may have its number after a restart of the machine.
is_ours() { [ -f "$pid_file" ] && grep -qa dockerd "/proc/$(cat "$pid_file")/cmdline" 2>/dev/null; }

case ${1:-} in
start) ;;
stop)
  is_ours || exit 0
  pid=$(cat "$pid_file")
  kill "$pid"
  for _ in $(seq 100); do
    kill -0 "$pid" 2>/dev/null || exit 0
    sleep 0.2
  done
  echo "the daemon $pid does not end" >&2
  exit 1
  ;;
*)
  echo "usage: docker-daemon.sh start|stop" >&2
  exit 2
  ;;
esac

if is_ours && docker info >/dev/null 2>&1; then
  echo "$DOCKER_HOST"
  exit
fi
[ "$(id -u)" = 0 ] || { echo "no Docker engine answers, and one of our own needs root" >&2; exit 1; }
if ! command -v dockerd >/dev/null || ! command -v iptables >/dev/null; then
  command -v apt-get >/dev/null || { echo "no Docker engine is installed, and this is no Debian to install one on" >&2; exit 1; }
  say "installing Docker from Debian's packages"
  quietly apt-get update
  DEBIAN_FRONTEND=noninteractive quietly apt-get install -y --no-install-recommends docker.io containerd runc iptables iproute2
fi
is_ours || rm -f "$pid_file"
arguments=()
# CAP_SYS_RESOURCE is bit 24.
bounding=$(awk '/^CapBnd/ {print $2}' /proc/self/status)
if [ $((0x$bounding >> 24 & 1)) = 0 ]; then
  # Beside the data: the daemon outlives the checkout's state.
  install -m 755 "$here/bounded-runc" "$directory/bounded-runc"
  arguments+=(--add-runtime "bounded=$directory/bounded-runc" --default-runtime bounded)
fi
# In a session of its own, so that it outlives this script and a Ctrl-C of the next.
setsid dockerd --data-root "$directory/data" --exec-root "$directory/exec" --pidfile "$pid_file" -H "$DOCKER_HOST" \
  ${arguments[@]+"${arguments[@]}"} >"$directory/dockerd.log" 2>&1 </dev/null &
for _ in $(seq 120); do
  docker info >/dev/null 2>&1 && break
  sleep 0.5
done
docker info >/dev/null 2>&1 || { tail -20 "$directory/dockerd.log" >&2; exit 1; }
say "started a Docker daemon; test/kube/docker-daemon.sh stop ends it"
echo "$DOCKER_HOST"
