#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs those of the named apt packages (one argument, a list) that are not there yet. A name with a question mark behind it may be unknown
# to the distribution. One with an exclamation mark is not installed, as it would begin to work on the machine: what is in it is unpacked in
# build/unpacked/NAME.
set -eu
export DEBIAN_FRONTEND=noninteractive
unpacked=${BUILD:-build}/unpacked

# unpack NAME: only whole folders get the name.
unpack() {
	work=$unpacked/.new
	rm -rf "$work"
	mkdir -p "$work"
	(cd "$work" && apt-get -q -o APT::Sandbox::User=root download "$1")
	dpkg-deb -x "$work/$1"_*.deb "$work"
	mv "$work" "$unpacked/$1"
}

has() {
	dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok installed'
}

missing=
# shellcheck disable=SC2086 # a list of names
for package in $1; do
	case $package in
	*!)
		[ -e "$unpacked/${package%!}" ] || missing="$missing $package"
		continue
		;;
	esac
	has "${package%?}" && [ "${package%\?}" != "$package" ] && continue
	has "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -q
wanted=
for package in $missing; do
	case $package in
	*!)
		unpack "${package%!}"
		continue
		;;
	*\?)
		package=${package%\?}
		apt-cache show "$package" >/dev/null 2>&1 || continue
		;;
	esac
	wanted="$wanted $package"
done
[ -n "$wanted" ] || exit 0
# shellcheck disable=SC2086 # a list of names
$sudo apt-get install -q -y --no-install-recommends $wanted
