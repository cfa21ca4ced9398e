#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every plugin has what people and tests look for: a README with a row in the table of README.md, a manual page, an example in conf/
# that a test loads, tests of its own and, when it has keys, a seed and a function in the fuzzer of configurations. No two headers
# of the tree have one name, so that an include tells which is meant.
set -u
cd "$(dirname "$0")/../.." || exit
bad=0

complain() {
	echo "$*"
	bad=1
}

# The examples whose text names the plugin as a type.
examples_of() {
	grep -lE "\"type\": *\"$1\"" conf/*.conflist
}

loaded_by_test() {
	grep -rqwF --include='*.bats' --include='*.bash' -- "$1" tests
}

# has_example NAME: one that a test loads
has_example() {
	for file in $(examples_of "$1"); do
		! loaded_by_test "$(basename "$file" .conflist)" || return 0
	done
	return 1
}

for folder in plugins/* ipam/*; do
	[ -d "$folder" ] || continue
	name=$(basename "$folder")
	function=try_$(echo "$name" | tr - _)
	[ -e "$folder/README.md" ] || complain "$folder: no README.md"
	[ -e "docs/man/cni-$name.8" ] || complain "$folder: no manual page docs/man/cni-$name.8"
	grep -qF "| [$name]($folder/README.md) |" README.md || complain "$folder: no row in the table of README.md"
	[ -n "$(find tests/netns tests/vm -name "$name*.bats")" ] ||
		complain "$folder: no tests/netns/$name.bats or tests/vm/$name.bats"
	# static gives each container other addresses: what a file can say is in its README
	[ "$name" = static ] || has_example "$name" || complain "$folder: no example in conf/ that a test loads"
	[ -e "$folder/conf.c" ] || continue
	[ -e "tests/fuzz/seeds/conf/$name" ] || complain "$folder: no seed tests/fuzz/seeds/conf/$name"
	grep -q "^static void $function(" tests/fuzz/conf.c || complain "$folder: no $function() in tests/fuzz/conf.c"
done

twice=$(find libcni plugins ipam tools tests -name '*.h' | sed 's,.*/,,' | sort | uniq -d)
for header in $twice; do
	complain "headers of one name: $(find libcni plugins ipam tools tests -name "$header" | sort | tr '\n' ' ')"
done
exit $bad
