#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The programs and unit tests of other machines, under qemu's emulation of them: two of them order bytes as we do, s390x the other way.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# machine ARCH: sets $emulator and $triplet.
machine() {
	case $1 in
	arm64) emulator=qemu-aarch64 triplet=aarch64-linux-gnu ;;
	ppc64le) emulator=qemu-ppc64le triplet=powerpc64le-linux-gnu ;;
	*) emulator=qemu-$1 triplet=$1-linux-gnu ;;
	esac
}

# Every program says its version and which versions of the protocol it knows.
programs_answer() {
	local machine=$1 emulator triplet program

	machine "$machine"
	for program in bridge ptp loopback portmap firewall host-local static; do
		[[ $(readelf -lW "$ROOT/build/$machine/bin/$program") != *INTERP* ]]
		CNI_COMMAND=VERSION "$emulator" "$ROOT/build/$machine/bin/$program" </dev/null |
			jq -e '.supportedVersions[-1] == "1.1.0"'
	done
}

# The long test of leases is the same on every machine but for its words' order.
unit_tests_pass() {
	local machine=$1 emulator triplet source name failed=0

	machine "$machine"
	for source in "$ROOT"/tests/unit/*.c; do
		name=$(basename "$source" .c)
		(cd "$ROOT" && STORE_SEQUENCES=50 timeout 300 "$emulator" -L "/usr/$triplet" -E LD_LIBRARY_PATH="build/archives/$machine/lib" \
			"build/$machine/tests/unit/$name") >"$BATS_TEST_TMPDIR/out" 2>&1 || {
			printf '# %s: %s\n' "$name" "$(grep -aE 'FAILED|ERROR' "$BATS_TEST_TMPDIR/out" | head -n 20)" >&2
			failed=1
		}
	done
	return $failed
}

@test "a release for arm64 names the sources of its C library and compiler, and not the numbers of the cross compiler's packages" {
	local out=$BATS_TEST_TMPDIR version

	(cd "$ROOT" && VERSION=0 ARCH=arm64 CC=aarch64-linux-gnu-gcc RELEASE_STRIP=aarch64-linux-gnu-strip ARCHIVES=build/archives/arm64 \
		RELEASE_FLAGS='' bash tools/release.sh "$out" build/arm64/bin/loopback)
	tar -C "$out" -xzf "$out"/*.tgz ./BUILDINFO
	version=$(sed -n 's/^library: glibc //p' "$out/BUILDINFO")
	[[ $version == "$(dpkg-query -W -f '${Version}' libc6-dev-arm64-cross | sed 's/cross.*//')" ]]
	version=$(sed -n 's/^library: libgcc //p' "$out/BUILDINFO")
	[[ $version == "$(aarch64-linux-gnu-gcc -dumpfullversion)-"* ]]
}

@test "arm64: programs answer" { programs_answer arm64; }
@test "arm64: unit tests pass" { unit_tests_pass arm64; }
@test "s390x: programs answer" { programs_answer s390x; }
@test "s390x: unit tests pass" { unit_tests_pass s390x; }
@test "ppc64le: programs answer" { programs_answer ppc64le; }
@test "ppc64le: unit tests pass" { unit_tests_pass ppc64le; }
