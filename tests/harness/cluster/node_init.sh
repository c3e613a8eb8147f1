#!/bin/bash
# Process 1 of a node: gives it a root of its own, then keeps its daemons running, as systemd would.
# Arguments: the node's folder, the folder of tools, PATH for the daemons, flags of kubelet (one
# word each). Ends when it is killed, and everything on the node with it.
set -eu
node=$1 tools=$2 path=$3
shift 3
mount --make-rprivate /
root=$node/root
mkdir -p "$root"
mount -t tmpfs -o mode=755,size=64m tmpfs "$root"
cd "$root"
mkdir proc sys dev usr run tmp var etc old
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
for folder in bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$folder" ]; then
    cp -P "/$folder" "$folder"
  elif [ -d "/$folder" ]; then
    mkdir "$folder"
    mount --rbind "/$folder" "$folder"
  fi
done
for folder in usr sys dev; do mount --rbind "/$folder" "$folder"; done
mkdir -p "./$tools"
mount --rbind "$tools" "./$tools"
mount --bind "$node/var" var
mount -t proc proc proc
cp -a /etc/. etc/
rm -rf etc/containerd etc/cni etc/kubernetes
cp -a "$node/etc/." etc/
mkdir -p var/lib var/log/daemons var/tmp run/lock
if [ -f etc/image-disk ]; then
  mkdir -p var/lib/containerd
  mount -t tmpfs -o "size=$(cat etc/image-disk)" images var/lib/containerd
fi
mount --bind "$node/log" var/log/daemons
hostname "$(cat etc/hostname)"
pivot_root . old
cd /
umount -l old
rmdir old
# Volumes that a pod mounts with propagation need a shared root.
mount --make-rshared /
echo 1 >/proc/sys/net/ipv4/ip_forward
export PATH=$path HOME=/var
keep() {
  local name=$1
  shift
  while :; do
    "$@" >>"/var/log/daemons/$name.log" 2>&1 </dev/null || :
    echo "$name ended; it starts again" >>"/var/log/daemons/$name.log"
    sleep 1
  done
}
until ip -4 address show eth0 up 2>/dev/null | grep -q inet; do sleep 0.05; done
keep containerd containerd &
until [ -S /run/containerd/containerd.sock ]; do sleep 0.05; done
keep kubelet kubelet "$@" &
keep kube-proxy kube-proxy --config /etc/kubernetes/proxy.json &
while :; do wait || :; sleep 1; done
