#!/usr/bin/env bash
# A node image for kind, from Debian's packages and the programs of build-programs.sh; prints its name. One node only: its
# pods' network is fixed, and knows no policies.
#   build.sh        (DOCKER_HOST; root)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../settings.sh"
image=local/kind-node:$kubernetes
made_from=$( (find "$here" -type f | sort | xargs sha256sum | awk '{print $1}'; cat "$bin"/.*.version) | hash_of -)
if is_made_from "$image" "$made_from"; then
  echo "$image"
  exit
fi

"$here/../build-programs.sh" kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubeadm kubectl etcd coredns pause
root=$("$here/../debian-root.sh" node systemd,systemd-sysv,dbus,iptables,nftables,iproute2,conntrack,ethtool,socat,kmod,procps,ca-certificates,jq,util-linux,mount,runc,containerd,containernetworking-plugins)
before=$(docker image inspect -f '{{.Id}}' "$image" 2>/dev/null || true)
work=$(mktemp -d "$cache/node-image.XXXXXX")
container=
cleanup() {
  [ -z "$container" ] || docker rm -f "$container" >/dev/null
  rm -rf "$work"
}
trap cleanup EXIT

# --- What runs on a node as a pod, by the names that kubeadm gives it.
mapfile -t named < <("$bin/kubeadm" config images list --kubernetes-version "$kubernetes" 2>/dev/null)
name_of() { printf '%s\n' "${named[@]}" | grep "/$1:"; }
made=()
from_scratch() { # name directory entrypoint
  printf 'FROM scratch\nCOPY . /\nENTRYPOINT %s\n' "$3" >"$work/Dockerfile"
  quietly docker build -t "$1" -f "$work/Dockerfile" "$2"
  made+=("$1")
}
with_program() { # program directory-in-the-image
  mkdir -p "$work/$1/$2" "$work/$1/tmp"
  cp "$bin/$1" "$work/$1/$2/"
}
for name in kube-apiserver kube-controller-manager kube-scheduler etcd; do
  with_program $name usr/local/bin
  from_scratch "$(name_of $name)" "$work/$name" '[]'
done
with_program coredns .
from_scratch "$(name_of coredns/coredns)" "$work/coredns" '["/coredns"]'
with_program pause .
from_scratch "$(name_of pause)" "$work/pause" '["/pause"]'

# kube-proxy calls iptables and conntrack: they come along with the libraries they load.
proxy=$work/kube-proxy
with_program kube-proxy usr/local/bin
mkdir -p "$proxy/run"
for link in bin sbin lib lib64; do
  mkdir -p "$proxy/usr/$link"
  ln -s "usr/$link" "$proxy/$link"
done
copy_with_libraries() { # file
  local library
  mkdir -p "$proxy$(dirname "$1")"
  # An extension has several names, by which it is found.
  cp -L "$root$1" "$proxy$1"
  chroot "$root" ldd "$1" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$proxy$(dirname "$library")"
    cp -L "$root$library" "$proxy$library"
  done || true
}
for file in /usr/sbin/xtables-nft-multi /usr/sbin/nft /usr/sbin/conntrack "$root/usr/lib/$multiarch"/xtables/*.so; do
  copy_with_libraries "${file#"$root"}"
done
for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
  ln -s xtables-nft-multi "$proxy/usr/sbin/$name"
done
from_scratch "$(name_of kube-proxy)" "$proxy" '[]'
docker save -o "$work/images.tar" "${made[@]}"
say "images of the node's own pods: $(du -m "$work/images.tar" | cut -f1) MiB"

# --- The node.
tar -C "$root" --one-file-system --exclude='./var/cache/apt/archives/*.deb' --exclude='./var/lib/apt/lists/*' \
  --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' --exclude='./dev/*' -c . |
  docker import - local/kind-node-root:$suite >/dev/null
mkdir -p "$work/node/usr/bin" "$work/node/opt/cni/bin" "$work/node/etc/kubernetes/manifests"
cp -a "$here/root/." "$work/node/"
sed -i "s#@PAUSE@#$(name_of pause)#" "$work/node/etc/containerd/config.toml"
cp "$bin"/{kubelet,kubeadm,kubectl} "$work/node/usr/bin/"
cp "$root"/usr/lib/cni/{host-local,loopback,ptp,portmap,bridge} "$work/node/opt/cni/bin/"
printf %s "$kubernetes" >"$work/node/kind/version"
quietly docker build --build-arg ROOT=local/kind-node-root:$suite -t local/kind-node-bare:$suite -f "$here/Dockerfile" "$work/node"

# Its containerd takes the images in; they are unpacked when they are first used, on a file system that can be laid over.
container=$(docker run -d --privileged --entrypoint sleep local/kind-node-bare:$suite infinity)
docker exec -d "$container" containerd
for _ in $(seq 60); do
  docker exec "$container" ctr version >/dev/null 2>&1 && break
  sleep 0.5
done
quietly docker exec -i "$container" ctr -n k8s.io images import --no-unpack - <"$work/images.tar"
docker exec "$container" pkill -x containerd
sleep 1
docker commit --change "LABEL $content_label=$made_from" --change 'ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]' "$container" "$image" >/dev/null
docker image rm "${made[@]}" >/dev/null
[ -z "$before" ] || docker image rm "$before" >/dev/null 2>&1 || true
say "built $image, $(($(docker image inspect -f '{{.Size}}' "$image") / 1000000)) MB"
echo "$image"
