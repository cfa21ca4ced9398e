#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Brings the static libraries that programs are made of and that the compiler does not find, into a folder:
#
#   tools/archives.sh FOLDER [COMPILER [tests]]
#
# FOLDER/lib gets the archives, FOLDER/include headers for a foreign COMPILER, FOLDER/versions tells what they are. With
# "tests" a foreign compiler gets what unit tests are linked with, too. musl-gcc gets all of it out of source packages. All
# comes from the distribution that is configured for apt, whose signatures apt checks, or has a sum in archives.sums.
# Nothing is installed. What cannot be had is named, and the exit status is 1.
set -eu

folder=$1
compiler=${2:-cc}
tools=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/apt.sh
. "$tools/apt.sh"
# shellcheck source=/dev/null
. /etc/os-release
# The compiler's name is not always that of the machine it is for: clang takes one by an option.
# shellcheck disable=SC2086 # a compiler and its options
target=$($compiler -dumpmachine)
case $target in
x86_64*) arch=amd64 ;;
aarch64*) arch=arm64 ;;
s390x*) arch=s390x ;;
powerpc64le* | ppc64le*) arch=ppc64el ;;
riscv64*) arch=riscv64 ;;
*) arch=${target%%-*} ;;
esac
native=$(dpkg --print-architecture)
# For which nothing that is installed here can be used.
foreign=
case $compiler in *musl-gcc*) foreign=musl ;; esac
[ "$arch" = "$native" ] || foreign=$arch

# Where libmnl-dev has the archive; its sums are in archives.sums.
readonly MNL="pool/main/libm/libmnl/libmnl-dev_1.0.5-3_$arch.deb"

mkdir -p "$folder/lib" "$folder/include"
folder=$(cd "$folder" && pwd)
work=$folder/work
log=$folder/log
: >"$log"

say() {
	echo "archives: $*"
}

# found NAME: the compiler has libNAME.a, or it was brought before.
found() {
	[ -e "$folder/lib/lib$1.a" ] && return
	[ -z "$foreign" ] || return
	# shellcheck disable=SC2086
	case $($compiler -print-file-name="lib$1.a") in */*) return 0 ;; esac
	return 1
}

# ---- a private apt: own lists, the sources of this distribution, packages of $arch

apt() {
	APT_CONFIG=$work/apt.conf apt-get -q "$@" >>"$log" 2>&1
}

prepare_apt() {
	[ ! -e "$work/apt.conf" ] || return 0
	types='deb-src'
	[ "$arch" = "$native" ] || types='deb-src deb'
	problem=$(private_apt "$work" "$arch" "$types") || { say "$problem"; return 1; }
	# What is missing then shows when a package is asked for.
	apt update || say "not every index could be fetched ($log tells which)"
}

# known FILE: its sum is in archives.sums, if its name is. With "must" the name has to be there.
known() {
	sum=$(awk -v name="${1##*/}" '$2 == name { print $1 }' "$tools/archives.sums")
	if [ -z "$sum" ]; then
		[ "${2:-}" != must ]
		return
	fi
	echo "$sum  $1" | sha256sum --check --status || { say "${1##*/} is not the file that archives.sums knows"; return 1; }
}

# ---- the ways to get one

# Where packages are: those of this distribution, and those of others that debootstrap knows.
pools() {
	{
		configured_sources "$VERSION_CODENAME" | cut -d ' ' -f 1
		sed -n 's/^[[:space:]]*default_mirror //p' /usr/share/debootstrap/scripts/gutsy 2>/dev/null
	} | awk '!seen[$0]++'
}

# fetch PATH: a file of a pool into the folder $at; the first pool that has it is asked.
fetch() {
	for pool in $(pools); do
		if /usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file "$pool/$1" "$at/${1##*/}" </dev/null >>"$log" 2>&1; then
			return
		fi
	done
	return 1
}

# The source package that this distribution has, which gets its security updates.
source_from_distribution() {
	prepare_apt || return
	(cd "$at" && apt source --download-only "$1") || return
	for file in "$at"/*.orig.tar.*; do
		case $file in *.asc) continue ;; esac
		known "$file" || return
	done
}

# The one that archives.sums names, out of any pool: mirrors lack sources, and distributions go over to other ways of building.
source_from_pool() {
	dsc=$(awk -v start="$1_" 'index($2, start) == 1 && $2 ~ /[.]dsc$/ { print $2; exit }' "$tools/archives.sums")
	[ -n "$dsc" ] || return
	case $1 in
	lib*) path=pool/main/$(echo "$1" | cut -c 1-4)/$1 ;;
	*) path=pool/main/$(echo "$1" | cut -c 1)/$1 ;;
	esac
	say "$dsc, since the distribution's own cannot be had or used"
	fetch "$path/$dsc" && known "$at/$dsc" must || return
	sed -n '/^Checksums-Sha256:/,/^Files:/s/^ [0-9a-f]* [0-9]* //p' "$at/$dsc" | while read -r file; do
		fetch "$path/$file" || exit
	done
}

# source_of NAME [FILE]: a source package, which has to contain FILE, with its patches, unpacked in $work/source/NAME.
source_of() {
	unpack "$1" distribution && [ -e "$work/source/$1/${2:-}" ] && return
	unpack "$1" pool && [ -e "$work/source/$1/${2:-}" ]
}

# unpack NAME FROM: a source package from the distribution or from a pool. The sums of all its files stand in its .dsc.
unpack() {
	at=$work/download/$1
	rm -rf "$at" "$work/source/$1"
	mkdir -p "$at" "$work/source"
	if [ "$2" = pool ]; then
		source_from_pool "$1" || return
	else
		source_from_distribution "$1" || return
	fi
	dpkg-source --require-strong-checksums -x "$at"/*.dsc "$work/source/$1" >>"$log" 2>&1
}

version_of_source() {
	sed -n 's/^Version: //p' "$work/download/$1"/*.dsc
}

# compile NAME FOLDER FLAGS FILE…: libNAME.a of these files.
compile() {
	name=$1 at=$2 flags=$3
	shift 3
	rm -rf "$work/objects"
	mkdir "$work/objects"
	for file in "$@"; do
		# shellcheck disable=SC2086
		(cd "$at" && $compiler -std=gnu11 -O2 -fPIE -ffunction-sections -fdata-sections -fstack-protector-strong \
			-D_FORTIFY_SOURCE=2 -ffile-prefix-map="$at=$name" $flags -c -o "$work/objects/$(basename "$file" .c).o" "$file") \
			>>"$log" 2>&1 || return
	done
	rm -f "$folder/lib/lib$name.a"
	archiver='ar'
	[ "$arch" = "$native" ] || archiver=${compiler%gcc}ar
	"$archiver" rcsD "$folder/lib/lib$name.a" "$work/objects"/*.o
}

# take FILE NAME…: the files libNAME, which is a pattern, and the headers of a Debian package.
take() {
	package=$1
	shift
	rm -rf "$work/package"
	dpkg-deb -x "$package" "$work/package" || return
	for name in "$@"; do
		find "$work/package" -name "lib$name" -exec cp -P {} "$folder/lib/" \;
		[ -n "$(find "$folder/lib" -name "lib$name")" ] || return
	done
	[ "$arch" = "$native" ] || [ ! -e "$work/package/usr/include" ] || cp -r "$work/package/usr/include/." "$folder/include/"
}

# headers FROM NAME: its folder of headers, for who cannot use the one that is installed.
headers() {
	[ -n "$foreign" ] || return 0
	mkdir -p "$folder/include/$2"
	(cd "$1" && find . -name '*.h' -exec cp --parents {} "$folder/include/$2/" \;)
}

# The kernel's headers are the same with every C library.
kernel_headers() {
	[ ! -e "$folder/include/linux" ] || return 0
	for name in linux asm-generic mtd; do
		ln -s "/usr/include/$name" "$folder/include/$name"
	done
	ln -s "/usr/include/$($compiler -print-multiarch)/asm" "$folder/include/asm"
}

# configured_source NAME DIRECTORY HEADERS LIBRARY…: what its own build makes of a source package.
configured_source() {
	name=$1 directory=$2 includes=$3
	shift 3
	source_of "$name" configure || return
	at=$work/source/$name
	(
		cd "$at" || exit
		# shellcheck disable=SC2086
		CC="$compiler" CFLAGS="-O2 -fPIE -ffunction-sections -fdata-sections -fstack-protector-strong -D_FORTIFY_SOURCE=2 \
			-ffile-prefix-map=$at=$name -isystem $folder/include" LIBMNL_CFLAGS=' ' LIBMNL_LIBS=' ' EXPAT_CFLAGS=' ' EXPAT_LIBS=' ' \
			./configure --host="$target" --enable-static --disable-shared --disable-tests --disable-systemd --without-x || exit
		for library in "$@"; do
			make -C "$directory" AUTOMAKE=: AUTOCONF=: AUTOHEADER=: ACLOCAL=: "$library.la" || exit
			cp "$directory/${library%/*}/.libs/${library##*/}.a" "$folder/lib/" || exit
		done
	) >>"$log" 2>&1 || return
	headers "$at/$includes" "${includes##*/}"
}

# ---- each library

bring_cjson() {
	source_of cjson || return
	compile cjson "$work/source/cjson" '' cJSON.c || return
	if [ -n "$foreign" ]; then
		mkdir -p "$folder/include/cjson"
		cp "$work/source/cjson/cJSON.h" "$folder/include/cjson/"
	fi
	echo "libcjson $(version_of_source cjson) source cjson" >>"$folder/versions"
}

mnl_from_pool() {
	[ "$ID" = debian ] && [ "$foreign" != musl ] || return
	site=$(configured_sources "$VERSION_CODENAME" | awk -v suite="$VERSION_CODENAME" '$2 == suite { print $1; exit }')
	[ -n "$site" ] || return
	mkdir -p "$work/download"
	deb=$work/download/${MNL##*/}
	/usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file "$site/$MNL" "$deb" >>"$log" 2>&1 || return
	known "$deb" must && take "$deb" mnl.a || return
	echo "libmnl $(dpkg-deb -f "$deb" Version) package libmnl-dev" >>"$folder/versions"
}

mnl_from_source() {
	source_of libmnl || return
	at=$work/source/libmnl
	# It asks for the file that its configure script would write.
	: >"$at/include/config.h"
	compile mnl "$at" "-Iinclude -Isrc -DHAVE_VISIBILITY_HIDDEN -isystem $folder/include" src/attr.c src/callback.c src/nlmsg.c src/socket.c || return
	headers "$at/include/libmnl" libmnl
	echo "libmnl $(version_of_source libmnl) source libmnl" >>"$folder/versions"
}

bring_mnl() {
	mnl_from_pool || mnl_from_source
}

# from_package PACKAGE NAME…: for a foreign machine, what is installed here for this one.
from_package() {
	wanted=$1
	shift
	prepare_apt || return
	mkdir -p "$work/download"
	(cd "$work/download" && apt download "$wanted") || return
	deb=$(find "$work/download" -name "${wanted}_*.deb")
	take "$deb" "$@" || return
	echo "${wanted%-dev} $(dpkg-deb -f "$deb" Version) package $wanted" >>"$folder/versions"
}

# One of its headers differs between machines and stands beside the library.
bring_dbus() {
	from_package libdbus-1-dev dbus-1.a || return
	mkdir -p "$folder/include/dbus-1.0/dbus"
	find "$work/package/usr/lib" -name dbus-arch-deps.h -exec cp {} "$folder/include/dbus-1.0/dbus/" \;
	[ -e "$folder/include/dbus-1.0/dbus/dbus-arch-deps.h" ]
}

bring_nl() {
	configured_source libnl3 . include/netlink lib/libnl-3 lib/libnl-route-3 || return
	for name in libnl-3 libnl-route-3; do
		echo "$name $(version_of_source libnl3) source libnl3" >>"$folder/versions"
	done
}

bring_nftnl() {
	configured_source libnftnl src include/libnftnl ./libnftnl || return
	echo "libnftnl $(version_of_source libnftnl) source libnftnl" >>"$folder/versions"
}

# The client's library alone, which needs no expat.
bring_dbus_source() {
	configured_source dbus dbus dbus ./libdbus-1 || return
	echo "libdbus-1 $(version_of_source dbus) source dbus" >>"$folder/versions"
}

bring() {
	case $foreign:$1 in
	*:mnl) bring_mnl ;;
	*:cjson) bring_cjson ;;
	musl:nl-*) bring_nl ;;
	musl:nftnl) bring_nftnl ;;
	*:nl-3) from_package libnl-3-dev nl-3.a ;;
	*:nl-route-3) from_package libnl-route-3-dev nl-route-3.a ;;
	*:nftnl) from_package libnftnl-dev nftnl.a ;;
	musl:dbus-1) bring_dbus_source ;;
	*:dbus-1) bring_dbus ;;
	esac
}

[ "$foreign" != musl ] || kernel_headers
missing=
for library in mnl nl-3 nl-route-3 nftnl cjson dbus-1; do
	if ! found "$library"; then
		say "lib$library.a for $arch"
		bring "$library" || missing="$missing lib$library.a"
	fi
done
if [ "${3:-}" = tests ] && [ "$arch" != "$native" ] && [ ! -e "$folder/lib/libcmocka.so" ]; then
	say "libcmocka.so for $arch"
	from_package libcmocka0 'cmocka.so.*' && from_package libcmocka-dev cmocka.so || missing="$missing libcmocka.so"
fi
rm -rf "$work"
[ -n "$missing" ] || exit 0
say "cannot be had:$missing ($log tells why)"
exit 1
