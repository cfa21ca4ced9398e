#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the Debian packages out of what git knows (or, without git, out of this folder) into a folder, and lets lintian look.
#
#   deb.sh OUTPUT
#
# DEBFULLNAME and DEBEMAIL, when both are set, are the maintainer that the packages name.
set -euo pipefail

output=$(mkdir -p "$1" && cd "$1" && pwd)
sh tools/deps.sh "debhelper dpkg-dev lintian fakeroot libcmocka-dev"
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)
source=$output/cni-plugins-c-$version
rm -rf "$source" "$output"/*.deb "$output"/*.changes "$output"/*.buildinfo "$output"/*.dsc
mkdir "$source"
{ git ls-files -z 2>/dev/null || find . -path ./build -prune -o -type f -print0; } | xargs -0 cp --parents -t "$source"
if [[ -n ${DEBFULLNAME:-} && -n ${DEBEMAIL:-} ]]; then
	MAINTAINER="$DEBFULLNAME <$DEBEMAIL>" perl -pi -e 's/The maintainers of cni-plugins-c <\S+\@packages\.invalid>/$ENV{MAINTAINER}/' \
		"$source"/debian/{control,changelog}
fi
(cd "$source" && dpkg-buildpackage --build=full --no-sign --unsigned-source -j"$(nproc)")
lintian -EIL +pedantic --fail-on error,warning,info,pedantic --info "$output"/*.changes
rm -rf "$source"
ls "$output"/*.deb
