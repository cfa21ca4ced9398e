#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The timer of `cnitool metrics` under systemd, with the units as they are installed.

load ../helpers
load ../systemd
load ../../netns/cnitool

setup() {
	setup_tool
	BIN=$PLAIN_BIN cni_path=$PLAIN_BIN cnitool=$PLAIN_BIN/cnitool
	folder=$BATS_TEST_TMPDIR/textfile complaints=$BATS_TEST_TMPDIR/complaints
	mkdir "$folder"
}

one_container() {
	network n '.plugins += [{type: "portmap", capabilities: {portMappings: true}}, {type: "firewall"}]'
	new_container red
	in_container red ip link set lo up
	add_with_port
}

teardown() {
	stop_systemd
	teardown_tool
}

# install_units TOOLDIR: as `make install` does it.
install_units() {
	local unit

	mkdir -p "$UNITS"
	for unit in "$ROOT"/tools/cnitool/systemd/*; do
		sed "s|/usr/local/bin|$1|" "$unit" >"$UNITS/${unit##*/}"
	done
}

# Where things are in this test, and a timer that is in a hurry.
add_drop_ins() {
	mkdir -p "$UNITS"/cnitool-metrics.{service,timer}.d
	cat >"$UNITS/cnitool-metrics.service.d/test.conf" <<-END
		[Unit]
		StartLimitIntervalSec=0
		[Service]
		Environment=FOLDER=$folder NETCONFPATH=$conf_dir CNI_PATH=$cni_path
		StandardError=append:$complaints
	END
	printf '[Timer]\nOnBootSec=0\nOnUnitInactiveSec=50ms\nRandomizedDelaySec=0\nAccuracySec=1ms\n' \
		>"$UNITS/cnitool-metrics.timer.d/test.conf"
}

# numbers FILE: without those that are others each time.
numbers() {
	grep -v '^cni_coll' "$1"
}

is_newer() {
	[[ $(stat -c %y "$folder/cni.prom") != "$1" ]]
}

has() {
	grep -qxF "$1" "$folder/cni.prom"
}

complains() {
	[[ $(tail -n 1 "$complaints") == "$1" ]] && is_active cnitool-metrics.service failed
}

@test "the units of the timer have no mistake, and little to attack" {
	inside() {
		SYSTEMD_UNIT_PATH=$UNITS: "$@"
	}
	install_units "$PLAIN_BIN"
	assert_units_are_sound cnitool-metrics.service cnitool-metrics.timer
	rm -r "$UNITS"
}

# bats test_tags=night
@test "metrics under systemd: the timer writes the file again and again, hardened, and one that could not be written comes once it can" {
	local before

	one_container
	install_units /opt/cni/bin
	add_drop_ins
	start_systemd cnitool-metrics.timer cnitool
	assert_units_are_sound cnitool-metrics.service cnitool-metrics.timer
	wait_until 60 test -s "$folder/cni.prom"
	is_exposition "$folder/cni.prom"
	assert_eq "$(stat -c %a "$folder/cni.prom")" 644 "mode"
	# In its cage the program sees what it sees outside.
	tool_ok metrics
	diff <(numbers "$stdout_file") <(numbers "$folder/cni.prom")
	has 'cni_attachments{network="n",state="alive"} 1'
	grep -qE '^cni_published_ports\{network="n"\} [1-9]' "$folder/cni.prom"
	refute grep '^cni_findings{' "$folder/cni.prom"
	# A namespace that was mounted after systemd was started, and something wrong in it.
	new_container green
	tool_ok add n "$netns"
	in_container green ip link set lo down
	wait_until 60 has 'cni_findings{network="n",finding="loopback-down"} 1'
	has 'cni_attachments{network="n",state="alive"} 2'
	before=$(stat -c %y "$folder/cni.prom")
	wait_until 60 is_newer "$before"
	# What stands in the way is told, and the timer tries again.
	local rest="its folder has to exist and to take new files; the one that node_exporter reads is told by --collector.textfile.directory"
	mv "$folder" "$folder.away"
	wait_until 60 complains "cannot write $folder/cni.prom: no such file or directory; $rest"
	mkdir "$folder"
	inside mount -t tmpfs -o ro none "$folder"
	wait_until 60 complains "cannot write $folder/cni.prom: read-only file system; $rest"
	inside umount "$folder"
	wait_until 60 test -s "$folder/cni.prom"
	control stop cnitool-metrics.timer
	wait_until 60 is_active cnitool-metrics.service inactive
	is_exposition "$folder/cni.prom"
	assert_eq "$(ls -A "$folder")" cni.prom "files"
}
