#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds what `versions` names with Go, into a cache outside the tree that is keyed by version; what is there already
# stays. Once it takes about 1,500 CPU seconds.
#
#   build.sh [NAME/PROGRAM…]  builds what is missing, or these
#   build.sh --missing        prints what is missing, and builds nothing
#   build.sh --folder NAME    prints where the programs of NAME are
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=${CLUSTER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cni-cluster}

column() {
	awk -F '\t' -v name="$1" -v column="$2" '$1 == name { print $column }' "$here/versions"
}

folder() {
	echo "$cache/$1-$(column "$1" 3)"
}

# The names of the programs of NAME: etcd's main package is a module's root and has none of its own.
programs() {
	for package in $(column "$1" 4); do
		case $package in .) echo "$1" ;; *) echo "${package##*/}" ;; esac
	done
}

missing() {
	awk -F '\t' '!/^#/ && $4 { print $1 }' "$here/versions" | while read -r name; do
		for program in $(programs "$name"); do
			[ -x "$(folder "$name")/$program" ] || echo "$name/$program"
		done
	done
}

# A module that requires just this one. Kubernetes' own go.mod takes its k8s.io modules from folders beside it, which the
# proxy's archive has not; the same are published with a version of their own.
main_module() {
	module=$(column "$1" 2) version=$(column "$1" 3)
	{
		echo "module cluster/$1"
		echo "go 1.24.0"
		echo "require $module $version"
	} >go.mod
	[ "$1" = kubernetes ] || return 0
	go mod download -json "$module@$version" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p' | xargs cat |
		sed -n "s|^[[:space:]]*\(k8s.io/[a-z-]*\) => ./staging/.*|replace \1 => \1 $(column staging 3)|p" >replace
	grep -q . replace || { echo "$module $version has no k8s.io modules to replace" >&2; exit 1; }
	cat replace >>go.mod
}

# Kubernetes' programs tell each other their version, which the linker writes.
linker_flags() {
	flags='-s -w'
	if [ "$1" = kubernetes ]; then
		version=$(column "$1" 3)
		minor=${version#v1.}
		for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
			flags="$flags -X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=${minor%%.*}"
		done
	fi
	echo "$flags"
}

# build NAME PROGRAM
build() {
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	cd "$work"
	main_module "$1"
	path=$(column "$1" 2)
	for package in $(column "$1" 4); do
		[ "${package##*/}" != "$2" ] || path=$path/$package
	done
	into=$(folder "$1")
	mkdir -p "$into"
	echo "building $1/$2 $(column "$1" 3)"
	CGO_ENABLED=0 GOFLAGS="-mod=mod ${GOFLAGS:-}" go build -trimpath -ldflags "$(linker_flags "$1")" -o "$into/$2.new" "$path"
	mv "$into/$2.new" "$into/$2"
	cd "$here"
	rm -rf "$work"
}

case ${1:-} in
--missing) missing ;;
--folder) folder "$2" ;;
*)
	command -v go >/dev/null || { echo "go is missing: install Go 1.26 or newer" >&2; exit 1; }
	# shellcheck disable=SC2046 # a list of names
	[ $# -gt 0 ] || set -- $(missing)
	for wanted; do
		build "${wanted%/*}" "${wanted#*/}"
	done
	;;
esac
