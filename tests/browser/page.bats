#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The page of `cnitool show --html` in a real browser: what it finds, and whether its picture can be read.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
# shellcheck source=tests/netns/helpers.bash
BATS_TEST_DIRNAME=$ROOT/tests/netns source "$ROOT/tests/netns/helpers.bash"
source "$ROOT/tests/netns/cnitool.bash"
BIN=$PLAIN_BIN

setup() {
	setup_tool
	network n
}

teardown() {
	teardown_tool
}

# containers COUNT: on one bridge, every fourth with ports, and as many namespaces that know nothing of it.
containers() {
	local i

	new_outside
	for ((i = 1; i <= $1; i++)); do
		new_container "web-$i"
		tool_ok add n "$netns"
	done
}

# Marks in the page what hides something else: texts on texts, texts outside of their box, lines through texts.
readonly JUDGE='<script>
"use strict";
const texts = [...document.querySelectorAll("svg text")].map((node) => ({ node, box: node.getBBox() }));
const wrong = [];
const meet = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

texts.forEach((a, i) => {
	const rect = a.node.parentNode.querySelector("rect");

	for (const b of texts.slice(i + 1))
		if (meet(a.box, b.box))
			wrong.push(a.node.textContent + " on " + b.node.textContent);
	if (rect && (a.box.x < rect.x.baseVal.value || a.box.x + a.box.width > rect.x.baseVal.value + rect.width.baseVal.value))
		wrong.push(a.node.textContent + " is wider than its box");
	for (const line of document.querySelectorAll("svg > line"))
		if (line.getAttribute("stroke-dasharray") === null && meet(a.box, line.getBBox()))
			wrong.push("a line through " + a.node.textContent);
});
document.body.dataset.judged = texts.length + " texts, wrong: " + wrong.join(", ");
</script>'

# browse [SEARCH]: the page as it is after its scripts; $dom, and $texts of the judge.
browse() {
	local page=$BATS_TEST_TMPDIR/page.html

	{
		cat "$stdout_file"
		echo "$JUDGE"
	} >"$page"
	dom=$(HOME=$BATS_TEST_TMPDIR timeout 60 chromium --headless --no-sandbox --disable-gpu --window-size=1600,1000 \
		--screenshot="$BATS_TEST_TMPDIR/page.png" --dump-dom "file://$page#${1:-}" 2>/dev/null)
	judged=$(grep -o 'data-judged="[^"]*"' <<<"$dom")
}

# picture COUNT: nothing of the picture of so many containers hides another part.
picture() {
	containers "$1"
	tool_ok show n --html
	browse
	[[ $judged == *" texts, wrong: \"" ]] || fail_because "$judged"
	(($(grep -oE '[0-9]+ texts' <<<"$judged" | grep -oE '^[0-9]+') > 4 * $1)) || fail_because "$judged"
}

@test "3 containers: every text can be read" { picture 3; }
@test "12 containers: every text can be read" { picture 12; }
@test "50 containers: every text can be read" { picture 50; }
@test "200 containers: every text can be read" { picture 200; }

@test "the search marks what was asked for, the details leave the picture" {
	containers 5
	tool_ok show n --html
	browse 10.9.0.4
	[[ $dom == *'<span id="count">1 found</span>'* ]] || fail_because "$(grep -o '<span id="count">[^<]*' <<<"$dom")"
	assert_eq "$(grep -o 'class="chip found"' <<<"$dom" | wc -l) $(grep -o 'class="chip dim"' <<<"$dom" | wc -l)" "1 6"
	browse
	[[ $dom == *'interfaces</span>'* ]] || fail_because "$(grep -o '<span id="count">[^<]*' <<<"$dom")"
	assert_eq "$(grep -c '<svg.*<title>' <<<"$dom")" 0 "titles"
}

@test "what doctor finds can be read beside its part" {
	containers 12
	host ip -n web-3 link set eth0 down
	host ip -n web-4 route del default
	host sysctl -qw net.ipv4.ip_forward=0
	host nft delete table inet cni_masquerade
	tool_ok show n --html --findings
	browse
	[[ $judged == *" texts, wrong: \"" ]] || fail_because "$judged"
	[[ $dom == *"✗ interface-down"* && $dom == *"✗ route-missing"* && $dom == *"✗ forwarding-off"* ]]
	browse route-missing
	[[ $dom == *'<span id="count">1 found</span>'* ]] || fail_because "$(grep -o '<span id="count">[^<]*' <<<"$dom")"
}
