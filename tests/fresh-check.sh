#!/usr/bin/env bash
# Prove that no step of the installation is missing: make a minimal Debian 12 with
# debootstrap, clone this repository into it, run `make demo` and `make check` there.
# Needs root and debootstrap (installed when missing). MIRROR sets another mirror.
set -euo pipefail

top=$(git rev-parse --show-toplevel)
"$top/tests/install.sh" debootstrap
root=$(mktemp -d /var/tmp/mip6sim-fresh.XXXXXX)
mounted=()
cleanup() {
    for m in "${mounted[@]}"; do umount "$m" || true; done
    rm -rf --one-file-system "$root"
}
trap cleanup EXIT

echo "fresh-check: debootstrap into $root"
debootstrap --variant=minbase bookworm "$root" "${MIRROR:-http://deb.debian.org/debian}" >"$root.log" 2>&1 ||
    { tail -n 20 "$root.log"; rm -f "$root.log"; exit 1; }
rm -f "$root.log"
for f in /etc/resolv.conf /etc/hosts; do [ ! -e "$f" ] || cp -L "$f" "$root$f"; done
cp /etc/apt/apt.conf.d/* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
for m in proc dev sys; do
    mount --rbind "/$m" "$root/$m"
    mount --make-rslave "$root/$m"
    mounted+=("$root/$m")
done
umount_tree() { umount -R "$1"; }
cleanup() {
    for m in "${mounted[@]}"; do umount_tree "$m" || true; done
    rm -rf --one-file-system "$root"
}

# What a person needs to begin at all: a clone and make.
chroot "$root" env DEBIAN_FRONTEND=noninteractive sh -c \
    'apt-get -qq update && apt-get -qq install -y --no-install-recommends make git >/dev/null'
git clone -q "$top" "$root/root/mip6sim"
shared=$(dirname "$top")/shared
[ ! -d "$shared/data" ] || cp -r "$shared" "$root/root/shared"
for command in demo check; do
    echo "fresh-check: make $command"
    chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
        sh -c "cd /root/mip6sim && make $command"
done
echo 'fresh-check: both commands work on a minimal Debian 12'
