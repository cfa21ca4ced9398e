#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The Debian packages that `make deb` built, in a root directory of their own: this machine's, below a layer of memory.

load ../netns/helpers

setup_file() {
	# bats' own folders are seen inside, too.
	export OVER=$BATS_FILE_TMPDIR/over SYSTEM=$BATS_FILE_TMPDIR/over/root
	mkdir "$OVER"
	mount -t tmpfs package "$OVER"
	mkdir "$OVER"/{upper,work,root}
	mount -t overlay -o "lowerdir=/,upperdir=$OVER/upper,workdir=$OVER/work" package "$SYSTEM"
	mount --rbind /proc "$SYSTEM/proc"
	mount --rbind /run "$SYSTEM/run"
	mount --rbind /dev "$SYSTEM/dev"
	# What locks a file can be told where the file is no layer's.
	mount -t tmpfs tmp "$SYSTEM/tmp"
	mkdir "$SYSTEM/packages"
	cp "$ROOT"/build/deb/{cni-plugins-c,cnitool}_*.deb "$SYSTEM/packages/"
}

teardown_file() {
	umount -l "$OVER"
}

inside() {
	chroot "$SYSTEM" "$@"
}

# what_is_installed: the files that a package manager left of ours.
what_is_installed() {
	inside find /usr /etc /var /opt -xdev \( -path '*cni-plugins-c*' -o -name 'cnitool*' -o -name 'cni-*.8*' \) -print | sort
}

@test "the packages have the version of the change log" {
	local version

	version=$(sed -n 's/^## \([0-9][^ ]*\).*/\1/p' "$ROOT/CHANGELOG.md" | head -n 1)
	assert_eq "$(sed -n '1s/.*(\(.*\)).*/\1/p' "$ROOT/debian/changelog")" "$version" "debian/changelog"
	assert_eq "$(sed -n 's/^Version: *//p' "$ROOT/tools/packaging/rpm/cni-plugins-c.spec")" "$version" "the RPM spec"
	assert_eq "$(sed -n 's/^pkgver=//p' "$ROOT/tools/packaging/alpine/APKBUILD")" "$version" "the APKBUILD"
	assert_eq "$(dpkg-deb -f "$SYSTEM"/packages/cni-plugins-c_*.deb Version)" "$version"
}

@test "installed, they stand beside the reference's, with their manual and completion" {
	local file

	what_is_installed >"$OVER/nothing"
	inside sh -c 'dpkg --install /packages/*.deb'
	for file in libexec/cni-plugins-c/bridge bin/cnitool share/man/man8/cni-bridge.8.gz share/man/man1/cnitool.1.gz \
		share/bash-completion/completions/cnitool share/zsh/vendor-completions/_cnitool share/fish/vendor_completions.d/cnitool.fish share/doc/cni-plugins-c/copyright; do
		[[ -s $SYSTEM/usr/$file ]]
	done
	grep -q '^ExecStart=/usr/libexec/cni-plugins-c/dhcp daemon$' "$SYSTEM/usr/share/doc/cni-plugins-c/examples/systemd/cni-dhcp.service"
	assert_eq "$(cd "$SYSTEM/usr/share/doc/cni-plugins-c/examples/systemd" && echo *)" "cni-dhcp.service cni-dhcp.socket"
	# The timer is a unit that nothing has started or will.
	for file in service timer; do
		[[ $(inside dpkg -L cnitool) == *"/lib/systemd/system/cnitool-metrics.$file"* ]]
	done
	grep -q '^ExecStart=/usr/bin/cnitool metrics --output' "$SYSTEM/lib/systemd/system/cnitool-metrics.service"
	[[ -z $(find "$SYSTEM/etc/systemd" -name 'cnitool-metrics*') ]]
	jq -e .panels "$SYSTEM/usr/share/doc/cnitool/examples/grafana-dashboard.json" >/dev/null
	# Nothing of the reference's package is another's now.
	assert_eq "$(inside dpkg -S /usr/lib/cni/bridge)" "containernetworking-plugins: /usr/lib/cni/bridge"
	inside dpkg --verify cni-plugins-c cnitool
}

@test "the installed programs make a container and remove it" {
	new_container one
	mount --rbind /run/netns "$SYSTEM/run/netns"
	mkdir -p "$SYSTEM/etc/cni/net.d"
	cp "$ROOT/conf/10-bridge.conflist" "$SYSTEM/etc/cni/net.d/"
	host chroot "$SYSTEM" env CNI_PATH=/usr/libexec/cni-plugins-c cnitool add containers /run/netns/one
	in_container one ping -c 1 -W 10 10.22.0.1
	host chroot "$SYSTEM" env CNI_PATH=/usr/libexec/cni-plugins-c cnitool check containers /run/netns/one
	# An upgrade between ADD and DEL.
	(
		cd "$SYSTEM/packages"
		for package in cni-plugins-c cnitool; do
			dpkg-deb -R "$package"_*.deb tree
			sed -i 's/^Version: .*/&+next/' tree/DEBIAN/control
			dpkg-deb --build --root-owner-group tree "$package-next.deb"
			rm -r tree
		done
	)
	inside sh -c 'dpkg --install /packages/*-next.deb'
	assert_match "$(inside dpkg-query -W -f '${Version}' cni-plugins-c)" '\+next$'
	host chroot "$SYSTEM" env CNI_PATH=/usr/libexec/cni-plugins-c cnitool del containers /run/netns/one
	assert_eq "$(host ip -j link show type veth | jq length)" 0 "pairs left"
}

@test "the RPM spec has the units of cnitool, and Alpine, which has no systemd, none" {
	local unit

	for unit in service timer; do
		grep -qxF "%{_unitdir}/cnitool-metrics.$unit" "$ROOT/tools/packaging/rpm/cni-plugins-c.spec"
	done
	refute grep -q UNITDIR "$ROOT/tools/packaging/alpine/APKBUILD"
}

@test "purged, nothing of them is left" {
	inside dpkg --purge cni-plugins-c cnitool
	diff "$OVER/nothing" <(what_is_installed)
	[[ -x $SYSTEM/usr/lib/cni/bridge ]]
}

# autopkgtest_passes NAME: a test of debian/tests, with the packages that `make deb` built. Its output lies in $SYSTEM/NAME.
autopkgtest_passes() {
	rm -rf "$SYSTEM/tree"
	mkdir "$SYSTEM/tree"
	(cd "$ROOT" && git ls-files -z | xargs -0 cp --parents -t "$SYSTEM/tree")
	# The machine is a chroot in namespaces of its own, which the virtualization "null" does not know. What the run of this file was
	# told by variables is not for that of the package.
	inside env -i PATH="$PATH" HOME=/root autopkgtest --no-built-binaries --ignore-restrictions=isolation-container --test-name="$1" --output-dir="/$1" \
		--timeout-test=3000 "$(in_packages cni-plugins-c)" "$(in_packages cnitool)" /tree/ -- null >&2
	grep -qE "^$1 +PASS\$" "$SYSTEM/$1/summary"
}

# in_packages NAME: the path of this package inside.
in_packages() {
	echo "$SYSTEM/packages/$1"_[0-9]*.deb | sed "s,^$SYSTEM,,"
}

@test "debian/tests: the packages pass their own quick test under autopkgtest" {
	autopkgtest_passes attach
}

# bats test_tags=night
@test "debian/tests: the namespace tests pass with the installed programs under autopkgtest" {
	autopkgtest_passes namespaces
}
