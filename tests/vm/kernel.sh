#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Prepares what a virtual machine boots from and prints it as shell assignments: kernel, release, modules and
# initramfs.
#
#   KERNEL=vmlinuz     another kernel; its file name must end in its release
#   MODULES=dir        its modules, default lib/modules/RELEASE beside the kernel's boot/, or the system's
#   KERNEL_PACKAGE     the apt package to take it from otherwise, default linux-image-amd64 (Debian) or
#                      linux-image-generic (Ubuntu)
#   ARCH=arm64         for another machine, see machines.bash; BUILD is build/arm64 then
#
# Packages are downloaded and unpacked below build/vm, never installed.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=tests/vm/machines.bash
. "$here/machines.bash"
# shellcheck source=tools/apt.sh
. "$root/tools/apt.sh"
cache=$BUILD/vm

# What the initramfs needs to reach the host's root; modprobe adds what these need.
readonly BOOT_MODULES=("${bus_modules[@]}" virtio_console 9pnet_virtio 9p overlay virtio_blk ext4)

die() {
	echo "${0##*/}: $*" >&2
	exit 125
}

# download PACKAGE…: into the current folder; the archive may have moved on since its lists were read.
download() {
	apt-get -qq -o APT::Sandbox::User=root download "$@" >&2 && return
	[[ $(id -u) == 0 ]] || return
	apt-get -qq update >&2 && apt-get -qq -o APT::Sandbox::User=root download "$@" >&2
}

# unpack PACKAGE…: downloads them and unpacks them to $cache/FIRST, once.
unpack() {
	local dir=$cache/$1 file

	[[ ! -e $dir ]] || return 0
	echo "fetching $*" >&2
	rm -rf "$dir.new"
	mkdir -p "$dir.new/deb"
	(cd "$dir.new/deb" && download "$@") || die "apt cannot download $*: run apt-get update, or set KERNEL="
	for file in "$dir.new"/deb/*.deb; do
		dpkg-deb -x "$file" "$dir.new"
	done
	rm -r "$dir.new/deb"
	# Newer releases have everything below usr.
	[[ -e $dir.new/lib || ! -e $dir.new/usr/lib ]] || ln -s usr/lib "$dir.new/lib"
	mv "$dir.new" "$dir"
}

has_package() {
	[[ $(apt-cache policy "$1" 2>/dev/null) =~ 'Candidate: '[0-9] ]]
}

# depends PACKAGE PATTERN: the first of its dependencies that matches.
depends() {
	apt-cache depends --important "$1" 2>/dev/null |
		awk -v pattern="$2" '$1 == "Depends:" && $2 ~ pattern { print $2; exit }'
}

# The package that holds the kernel now, and those with its modules where they are apart. A cached answer stays: the
# kernel changes when build/vm is removed, not when the archive does.
kernel_packages() {
	local wanted=${KERNEL_PACKAGE:-} list package

	if [[ -z $wanted ]]; then
		wanted=$kernel_package
		has_package "$wanted" || [[ $(id -u) != 0 ]] || apt-get -qq update >&2
		has_package "$wanted" || wanted=linux-image-generic
	fi
	list=$cache/$wanted.is
	if [[ ! -s $list ]]; then
		package=$(depends "$wanted" '^linux-image-[0-9]')
		package=${package:-$wanted}
		echo "$package" >"$list.new"
		depends "$package" '^linux-modules-[0-9]' >>"$list.new"
		! has_package "linux-modules-extra-${package#linux-image-}" ||
			echo "linux-modules-extra-${package#linux-image-}" >>"$list.new"
		mv "$list.new" "$list"
	fi
	cat "$list"
}

find_kernel() {
	local packages dir

	if [[ -n ${KERNEL:-} ]]; then
		kernel=$(realpath -e "$KERNEL")
		dir=$(dirname "$(dirname "$kernel")")
	else
		mapfile -t packages < <(kernel_packages)
		unpack "${packages[@]}"
		dir=$cache/${packages[0]}
		kernel=$(echo "$dir"/boot/vmlinuz-*)
		[[ -e $kernel ]] || die "${packages[0]} holds no kernel"
	fi
	release=${kernel##*/vmlinuz-}
	for modules in "${MODULES:-$dir/lib/modules/$release}" "$dir/usr/lib/modules/$release" "/lib/modules/$release"; do
		[[ ! -d $modules ]] || break
	done
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

# insmod of busybox wants them as they were built.
copy_module() {
	local from=$1 to=$2

	case $from in
	*.zst) zstd -dcq "$from" >"${to%.zst}" ;;
	*.xz) xz -dc "$from" >"${to%.xz}" ;;
	*.gz) gzip -dc "$from" >"${to%.gz}" ;;
	*) cp "$from" "$to" ;;
	esac
}

make_initramfs() {
	local dir file busybox number=100

	initramfs=$cache/initramfs-$release.gz
	[[ ! $initramfs -nt $here/init || ! $initramfs -nt $here/kernel.sh || ! $initramfs -nt $kernel ]] || return 0
	unpack busybox-static
	busybox=$(find "$cache/busybox-static" -path '*bin/busybox')
	dir=$(mktemp -d "$cache/initramfs.XXXXXX")
	# shellcheck disable=SC2064 # the name as it is now
	trap "rm -rf '$dir'" EXIT
	mkdir "$dir"/{bin,modules,proc,dev,base,lower,upper,exchange,root}
	cp "$busybox" "$dir/bin/"
	cp "$here/init" "$dir/init"
	chmod 755 "$dir/init"
	boot_modules >"$dir/order"
	while read -r file; do
		number=$((number + 1))
		copy_module "$file" "$dir/modules/$number-${file##*/}"
	done <"$dir/order"
	(cd "$dir" && find . | cpio -o -H newc 2>/dev/null | gzip -1) >"$initramfs.new"
	mv "$initramfs.new" "$initramfs"
}

# number_at FORMAT OFFSET COUNT FILE: a number out of a file's header.
number_at() {
	od -An -v -t "$1" -j "$2" -N "$3" "$4" | tr -d ' '
}

# What the boot protocol's header says is the payload, unpacked. All but gzip are followed by their size.
payload() {
	local offset length unpack=()

	offset=$((($(number_at u1 $((0x1f1)) 1 "$1") + 1) * 512 + $(number_at u4 $((0x248)) 4 "$1")))
	length=$(number_at u4 $((0x24c)) 4 "$1")
	case $(number_at x1 "$offset" 4 "$1") in
	fd377a58) unpack=(xz -dc) ;;
	28b52ffd) unpack=(zstd -dcq) ;;
	1f8b*) unpack=(gzip -dc) && length=$((length + 4)) ;;
	*) return 1 ;;
	esac
	dd if="$1" bs=1M iflag=skip_bytes,count_bytes skip="$offset" count=$((length - 4)) status=none | "${unpack[@]}"
}

# A kernel that unpacks itself under emulation takes three seconds for it, at every boot. qemu starts an ELF file that has
# an entry for that (note 18 of Xen, "PVH"); another kernel unpacks itself.
unpack_kernel() {
	local plain=$cache/vmlinux-$release

	[[ $ARCH == amd64 ]] || return 0
	if [[ ! $plain -nt $kernel || ! $plain -nt $here/kernel.sh ]]; then
		if ! payload "$kernel" >"$plain.new" || ! readelf -n "$plain.new" 2>/dev/null | grep '(0x00000012)' >/dev/null; then
			: >"$plain.new"
		fi
		mv "$plain.new" "$plain"
	fi
	[[ ! -s $plain ]] || kernel=$plain
}

# Another machine's packages come from lists of their own, and so do all tools that ask apt from here on.
use_foreign_apt() {
	if [[ ! -s $cache/apt/apt.conf ]]; then
		private_apt "$cache/apt" "$ARCH" deb >&2 || die "no packages for $ARCH"
	fi
	export APT_CONFIG=$cache/apt/apt.conf
}

missing=
command -v "$emulator" >/dev/null || missing+=" $emulator_package"
command -v cpio >/dev/null || missing+=" cpio"
command -v modprobe >/dev/null || missing+=" kmod"
command -v mkfs.ext4 >/dev/null || missing+=" e2fsprogs"
[[ -z $missing ]] || die "packages are missing: apt-get install$missing"

mkdir -p "$cache"
exec {lock}>"$cache/lock"
flock "$lock"
[[ $ARCH == "$HERE" ]] || use_foreign_apt
find_kernel
make_initramfs
unpack_kernel
printf '%s=%q\n' kernel "$kernel" release "$release" modules "$modules" initramfs "$initramfs"
