# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What a CI run is made of: steps that are counted, and the line "N passed, N failed" over all of them.

log=$(mktemp)
failures=$(mktemp)
trap 'rm -f "$log" "$failures"' EXIT
passed=0 failed=0 broken=()

# What of a step's output tells why it failed: its failed tests with their first remarks, or else its end.
why_failed() {
	if grep -qE '^ *not ok ' "$log"; then
		awk '/^ *not ok / { left = 16 } /^[^ ]/ { left = 0; file = $0 } left == 16 { print file } left-- > 0' "$log" | cut -c 1-200 | head -n 100
	else
		tail -n 20 "$log" | cut -c 1-300
	fi
}

# step NAME COMMAND…: counts as what its last line says, or as one.
step() {
	local name=$1 start=$SECONDS r=0 count

	shift
	printf '\n==== %s\n' "$name"
	"$@" 2>&1 | tee "$log"
	r=${PIPESTATUS[0]}
	count=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
	if [[ $count =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
		((passed += BASH_REMATCH[1], failed += BASH_REMATCH[2]))
		((r == 0 || BASH_REMATCH[2] > 0)) || ((++failed))
	elif ((r == 0)); then
		((++passed))
	else
		((++failed))
	fi
	((r == 0)) || {
		broken+=("$name")
		printf -- '---- %s\n%s\n' "$name" "$(why_failed)" >>"$failures"
	}
	printf '==== %s: %s after %d s\n' "$name" "$( ((r == 0)) && echo well || echo FAILED)" $((SECONDS - start))
}

install_packages() {
	command -v make >/dev/null || { apt-get update -q && apt-get install -q -y --no-install-recommends make; } || return
	make deps
}

tree_is_clean() {
	[[ -z $(git status --porcelain 2>/dev/null) ]] || { git status --short; return 1; }
}

# The last words of a run, and its exit status. What failed stands here once more: of a long output often only the end is kept.
conclude() {
	[[ ! -e .git ]] || step "the tree is as it was" tree_is_clean
	printf '\n'
	cat "$failures"
	((${#broken[@]} == 0)) || printf 'failed: %s\n' "${broken[@]}"
	printf '%d passed, %d failed\n' "$passed" "$failed"
	((failed == 0))
}
