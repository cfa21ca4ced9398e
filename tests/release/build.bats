#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What packagers ask of make.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# As somebody calls it who has set nothing.
build() {
	env -u MAKEFLAGS -u MAKELEVEL -u BUILD -u JOBS make --no-print-directory -C "$ROOT" BUILD="$BATS_TEST_TMPDIR/build" "$@" 2>&1
}

@test "without archives make says what is missing and links shared; asked for static programs it stops" {
	local said

	said=$(build ARCHIVES=/nowhere packages)
	[[ $said == *libcjson.a*"linked shared; make deps brings what is missing" ]]
	said=$(build ARCHIVES=/nowhere STATIC=0 packages)
	[[ -z $said ]]
	run build ARCHIVES=/nowhere STATIC=1 packages
	[[ $status != 0 && $output == *"a static program needs"*libcjson.a*"make deps"* ]]
	build ARCHIVES=/nowhere "$BATS_TEST_TMPDIR/build/bin/loopback" >/dev/null
	[[ $(readelf -lW "$BATS_TEST_TMPDIR/build/bin/loopback") == *INTERP* ]]
}

@test "CPPFLAGS, CFLAGS and a FORTIFY level of one's own are taken, once" {
	local said

	said=$(build V=1 CPPFLAGS=-DFROM_CPPFLAGS CFLAGS='-O1 -D_FORTIFY_SOURCE=1' "$BATS_TEST_TMPDIR/build/libcni/base/text.o")
	[[ $said == *" -DFROM_CPPFLAGS "* && $said == *" -O1 "* ]]
	[[ $(grep -o _FORTIFY_SOURCE <<<"$said" | wc -l) == 1 ]]
	said=$(build V=1 "$BATS_TEST_TMPDIR/build/libcni/base/text.o")
	[[ $said == *" -D_FORTIFY_SOURCE=2 "* ]]
}

@test "PKG_CONFIG is asked, and make does not decide how many jobs there are" {
	run build PKG_CONFIG=/bin/false packages
	[[ $status != 0 && $output == *"packages are missing"* ]]
	# shellcheck disable=SC2016 # for make
	[[ $(build -f Makefile -f <(printf 'flags:\n\t@echo "$(MAKEFLAGS)"\n') flags) != *-j* ]]
}

@test "install strips only when it is asked to" {
	build STATIC=0 -j2 install DESTDIR="$BATS_TEST_TMPDIR/whole" >/dev/null
	build STATIC=0 STRIP=1 install DESTDIR="$BATS_TEST_TMPDIR/small" >/dev/null
	[[ $(readelf -SW "$BATS_TEST_TMPDIR/whole/opt/cni/bin/bridge") == *.symtab* ]]
	[[ $(readelf -SW "$BATS_TEST_TMPDIR/small/opt/cni/bin/bridge") != *.symtab* ]]
}
