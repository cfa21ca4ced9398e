# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For scripts to source: an apt of their own, with the sources of this distribution and its keys, for the packages of any machine. The
# system's lists and packages stay as they are.

# The configured sources of a suite and of its updates: SITE RELEASE COMPONENT.
configured_sources() {
	apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null | sort -u |
		awk -v suite="$1" '$2 == suite || index($2, suite "-") == 1'
}

# private_apt FOLDER ARCH TYPES: FOLDER/apt.conf, a value for APT_CONFIG; TYPES are of "deb" and "deb-src". What a source lacks shows when a
# package is asked for.
private_apt() {
	(
		# shellcheck source=/dev/null
		. /etc/os-release
		mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
		for key in /usr/share/keyrings/"$ID"-archive-keyring.*; do :; done
		[ ! -e "$key" ] || trusted="[signed-by=$key]"
		configured_sources "$VERSION_CODENAME" | while read -r source; do
			for type in $3; do
				echo "$type ${trusted:-} $source"
			done
		done >"$1/sources.list"
		[ -s "$1/sources.list" ] || { echo "apt has no source for $VERSION_CODENAME"; exit 1; }
		status=$1/status
		: >"$status"
		[ "$2" != "$(dpkg --print-architecture)" ] || status=/var/lib/dpkg/status
		cat >"$1/apt.conf" <<-END
			#clear APT::Architectures;
			APT::Architecture "$2";
			APT::Architectures { "$2"; };
			APT::Sandbox::User "root";
			Acquire::Languages "none";
			Dir::Etc::SourceList "$1/sources.list";
			Dir::Etc::SourceParts "-";
			Dir::State::Lists "$1/lists";
			Dir::State::status "$status";
			Dir::Cache "$1/cache";
		END
	)
}
