#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What `cnitool metrics` prints in the hands of those for whom it is made: the checker of Prometheus, node_exporter that serves
# the file, and a server that is asked all that the dashboard and the documentation ask.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
# shellcheck source=tests/netns/helpers.bash
BATS_TEST_DIRNAME=$ROOT/tests/netns source "$ROOT/tests/netns/helpers.bash"
source "$ROOT/tests/netns/cnitool.bash"
BIN=$PLAIN_BIN

readonly SERVER=127.0.0.1:9090 EXPORTER=127.0.0.1:9100

setup() {
	setup_tool
	prometheus=$BUILD/unpacked/prometheus/usr/bin
	exporter=$BUILD/unpacked/prometheus-node-exporter/usr/bin/prometheus-node-exporter
	folder=$BATS_TEST_TMPDIR/textfile
	servers=()
	mkdir "$folder"
}

teardown() {
	((${#servers[@]} == 0)) || kill -KILL "${servers[@]}" || true
	wait || true
	teardown_tool
}

# Two networks with something of everything that is counted.
containers() {
	local name

	network n '.plugins += [{type: "portmap", capabilities: {portMappings: true}}] | .plugins[1].ipam.ranges = [[{subnet: "10.9.0.0/29"}]]'
	network other '.plugins[1].bridge = "br1" | .plugins[1].ipam.ranges = [[{subnet: "10.8.0.0/24"}]]'
	for name in red green; do
		new_container "$name"
		tool_environment=(CAP_ARGS="{\"portMappings\": [{\"hostPort\": 80${#name}0, \"containerPort\": 80, \"protocol\": \"tcp\"}]}")
		tool_ok add n "$netns"
	done
	tool_environment=()
	in_container green ip link set lo down
}

start_servers() {
	cat >"$BATS_TEST_TMPDIR/prometheus.yml" <<-END
		global: {scrape_interval: 1s, scrape_timeout: 1s}
		scrape_configs: [{job_name: node, static_configs: [{targets: ["$EXPORTER"]}]}]
	END
	host "$exporter" --web.listen-address="$EXPORTER" --collector.disable-defaults --collector.textfile \
		--collector.textfile.directory="$folder" >"$BATS_TEST_TMPDIR/exporter.log" 2>&1 3>&- &
	servers+=($!)
	host "$prometheus/prometheus" --config.file="$BATS_TEST_TMPDIR/prometheus.yml" --storage.tsdb.path="$BATS_TEST_TMPDIR/data" \
		--web.listen-address="$SERVER" >"$BATS_TEST_TMPDIR/prometheus.log" 2>&1 3>&- &
	servers+=($!)
	wait_until 120 eval '[[ -n $(ask cni_build_info) ]]'
}

# ask EXPRESSION: a line of each series.
ask() {
	host "$prometheus/promtool" query instant "http://$SERVER" "$1"
}

@test "Prometheus' own checker finds no mistake in the numbers" {
	containers
	tool_ok metrics
	run "$prometheus/promtool" check metrics <"$stdout_file"
	assert_eq "$status $output" "0 " "what promtool says"
}

@test "node_exporter serves the file, and a Prometheus has an answer to each question of the dashboard" {
	local expression instance count=0

	containers
	tool_ok metrics --output "$folder/cni.prom"
	start_servers
	assert_match "$(ask node_textfile_scrape_error)" '=> 0 @' "what node_exporter says of the file"
	instance=$(ask cni_build_info | sed -n 's/.*instance="\([^"]*\)".*/\1/p')
	assert_eq "$instance" "$EXPORTER" "what label_values() of the dashboard finds"
	while IFS= read -r expression; do
		[[ -n $(ask "${expression//\$instance/$instance}") ]] || fail_because "no answer to $expression"
		((++count))
	done < <(jq -r '.panels[].targets[].expr' "$ROOT/docs/grafana-dashboard.json")
	((count > 8)) || fail_because "$count questions"
	# What to wake somebody for: the first two are true here, nobody has stopped the clock for the third.
	mapfile -t alerts < <(sed -n '/^## Numbers/,/^## Whose/s/^    \(.*[a-z_)] [<>] [0-9]*\)$/\1/p' "$ROOT/docs/observability.md")
	assert_eq "${#alerts[@]}" 3 "alerts of the documentation"
	assert_match "$(ask "${alerts[0]}")" 'network="n".* => 3 @' "${alerts[0]}"
	assert_match "$(ask "${alerts[1]}")" 'finding="loopback-down".* => 1 @' "${alerts[1]}"
	assert_eq "$(ask "${alerts[2]}")" "" "${alerts[2]}"
	assert_match "$(ask "${alerts[2]/> 300/>= 0}")" ' => [0-9.]* @' "${alerts[2]}"
}
