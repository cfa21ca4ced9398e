#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Prepares what a virtual machine boots from and prints it as shell assignments: kernel, release, modules, initramfs.
#
#   KERNEL=vmlinuz     another kernel; its file name must end in its release
#   MODULES=dir        its modules, default lib/modules/RELEASE beside the kernel's boot/, or the system's
#   KERNEL_PACKAGE     the apt package to take it from otherwise, default linux-image-amd64
#
# Packages are downloaded and unpacked below build/vm, never installed.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$root/build}
[[ $BUILD == /* ]] || BUILD=$root/$BUILD
cache=$BUILD/vm
KERNEL_PACKAGE=${KERNEL_PACKAGE:-linux-image-amd64}

# What the initramfs needs to reach the host's root; modprobe adds what these need.
readonly BOOT_MODULES=(virtio_pci 9pnet_virtio 9p overlay virtio_blk)

die() {
	echo "${0##*/}: $*" >&2
	exit 125
}

# unpack PACKAGE: downloads it and unpacks it to $cache/PACKAGE, once.
unpack() {
	local package=$1 dir=$cache/$1

	[[ ! -e $dir ]] || return 0
	echo "fetching $package" >&2
	rm -rf "$dir.new"
	mkdir -p "$dir.new/deb"
	(cd "$dir.new/deb" && apt-get -qq -o APT::Sandbox::User=root download "$package" >&2) ||
		die "apt cannot download $package: run apt-get update, or set KERNEL="
	dpkg-deb -x "$dir.new"/deb/*.deb "$dir.new"
	rm -r "$dir.new/deb"
	mv "$dir.new" "$dir"
}

# The package that a metapackage such as linux-image-amd64 stands for now. A cached answer stays: the kernel
# changes when build/vm is removed, not when the archive does.
concrete_package() {
	local name=$cache/$1.is

	if [[ ! -s $name ]]; then
		apt-cache depends --important "$1" |
			awk '$1 == "Depends:" && $2 ~ /^linux-image-[0-9]/ { print $2; exit }' >"$name"
		[[ -s $name ]] || echo "$1" >"$name"
	fi
	cat "$name"
}

find_kernel() {
	local package dir

	if [[ -n ${KERNEL:-} ]]; then
		kernel=$(realpath -e "$KERNEL")
		dir=$(dirname "$(dirname "$kernel")")
	else
		package=$(concrete_package "$KERNEL_PACKAGE")
		unpack "$package"
		dir=$cache/$package
		kernel=$(echo "$dir"/boot/vmlinuz-*)
		[[ -e $kernel ]] || die "$package holds no kernel"
	fi
	release=${kernel##*/vmlinuz-}
	modules=${MODULES:-$dir/lib/modules/$release}
	[[ -d $modules ]] || modules=/lib/modules/$release
	[[ -d $modules ]] || die "no modules for $release: set MODULES="
	modules=$(realpath "$modules")
	[[ -e $modules/modules.dep.bin ]] || depmod --basedir "${modules%/lib/modules/*}" "$release"
}

# The modules to load, in order.
boot_modules() {
	local module

	for module in "${BOOT_MODULES[@]}"; do
		modprobe --dirname "${modules%/lib/modules/*}" --set-version "$release" --show-depends "$module" ||
			die "kernel $release has no $module"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

make_initramfs() {
	local dir file number=100

	initramfs=$cache/initramfs-$release.gz
	[[ ! $initramfs -nt $here/init || ! $initramfs -nt $here/kernel.sh || ! $initramfs -nt $kernel ]] || return 0
	unpack busybox-static
	dir=$(mktemp -d "$cache/initramfs.XXXXXX")
	# shellcheck disable=SC2064 # the name as it is now
	trap "rm -rf '$dir'" EXIT
	mkdir "$dir"/{bin,modules,proc,dev,lower,upper,exchange,root}
	cp "$cache/busybox-static/bin/busybox" "$dir/bin/"
	cp "$here/init" "$dir/init"
	chmod 755 "$dir/init"
	boot_modules >"$dir/order"
	while read -r file; do
		number=$((number + 1))
		cp "$file" "$dir/modules/$number-${file##*/}"
	done <"$dir/order"
	(cd "$dir" && find . | "$cache/busybox-static/bin/busybox" cpio -o -H newc 2>/dev/null | gzip -1) >"$initramfs.new"
	mv "$initramfs.new" "$initramfs"
}

missing=
command -v qemu-system-x86_64 >/dev/null || missing+=" qemu-system-x86"
command -v modprobe >/dev/null || missing+=" kmod"
command -v mkfs.ext4 >/dev/null || missing+=" e2fsprogs"
[[ -z $missing ]] || die "packages are missing: apt-get install$missing"

mkdir -p "$cache"
exec {lock}>"$cache/lock"
flock "$lock"
find_kernel
make_initramfs
printf '%s=%q\n' kernel "$kernel" release "$release" modules "$modules" initramfs "$initramfs"
