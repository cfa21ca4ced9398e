#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Prepares the root of a virtual machine of another kind, ARCH, and prints its file's name: packages of this distribution, unpacked into an
# image below build/ARCH/vm. An image, since a folder of this machine would be asked for every link on the way to a library. Nothing of them is installed or started; what their scripts would do and tests need is done here. kernel.sh comes first, which
# prepares apt.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/vm/machines.bash
. "$here/machines.bash"
cache=$BUILD/vm
dir=$cache/root.new
image=$cache/root.img
export APT_CONFIG=$cache/apt/apt.conf

# What the bats files need, and what every root has.
readonly PACKAGES="base-files base-passwd bash bats bsdutils conntrack containernetworking-plugins coreutils dash debianutils diffutils
	dnsmasq-base findutils gawk gojq grep gzip hostname iproute2 iptables iputils-ping jq kmod libc-bin libcmocka0 mount ncurses-bin netbase
	netcat-openbsd nftables procps python3-minimal sed socat strace tar tcpdump util-linux"

die() {
	echo "${0##*/}: $*" >&2
	exit 125
}

# Maintainers' scripts would make these.
finish_root() {
	local name

	cp "$1/usr/share/base-passwd/passwd.master" "$1/etc/passwd"
	cp "$1/usr/share/base-passwd/group.master" "$1/etc/group"
	cp "$1/usr/share/libc-bin/nsswitch.conf" "$1/etc/nsswitch.conf"
	echo '127.0.0.1 localhost vm' >"$1/etc/hosts"
	[[ -e $1/usr/bin/sh ]] || ln -s dash "$1/usr/bin/sh"
	[[ -e $1/usr/bin/awk ]] || ln -s gawk "$1/usr/bin/awk"
	ln -s nc.openbsd "$1/usr/bin/nc"
	for name in iptables ip6tables; do
		ln -s "$name-nft" "$1/usr/sbin/$name"
		ln -s "$name-nft-save" "$1/usr/sbin/$name-save"
		ln -s "$name-nft-restore" "$1/usr/sbin/$name-restore"
	done
}

fetch() {
	local log=$cache/root.log

	rm -f "$cache"/apt/cache/archives/*.deb
	# shellcheck disable=SC2086 # a list of words
	{ apt-get -q update && apt-get -q install -y --no-install-recommends --download-only $PACKAGES; } >"$log" 2>&1 ||
		die "apt cannot download the packages of a root for $ARCH; $log tells why"
}

make_root() {
	local folder file

	echo "making a root for $ARCH" >&2
	fetch
	rm -rf "$dir"
	# One folder for programs and libraries, as installers make it; packages have two.
	for folder in bin sbin lib; do
		mkdir -p "$dir/usr/$folder"
		ln -s "usr/$folder" "$dir/$folder"
	done
	for file in "$cache"/apt/cache/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$file" | tar -x --keep-directory-symlink -C "$dir"
	done
	rm -r "$cache"/apt/cache/archives/*.deb "$dir"/usr/share/{doc,man,locale}
	finish_root "$dir"
	rm -f "$image.new"
	mkfs.ext4 -q -O ^has_journal -m 0 -d "$dir" "$image.new" 512M >&2
	mv "$image.new" "$image"
	rm -r "$dir"
	echo "$PACKAGES" >"$image.is"
}

exec {lock}>"$cache/lock"
flock "$lock"
[[ -e $image && -e $image.is && $(<"$image.is") == "$PACKAGES" ]] || make_root
echo "$image"
