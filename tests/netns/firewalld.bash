# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # the tests use the variables
#
# A message bus with a firewalld on it, made of Python, where plugins look for it: /run/dbus is the test file's own.
#
#   start_firewalld, stop_firewalld
#   mood WORD        what goes wrong from now on; firewalld.py tells what there is
#   sources          "ZONE SOURCE" per line; the file $folder/sources may be changed, too
#   calls            what firewalld was asked since the last time

start_firewalld() {
	folder=$BATS_TEST_TMPDIR/firewalld
	mkdir -p "$folder"
	touch "$folder/sources" "$folder/calls"
	[[ -e $folder/mood ]] || mood well
	rm -f /run/dbus/system_bus_socket
	/usr/bin/python3 -IS "$ROOT/tests/netns/firewalld.py" /run/dbus/system_bus_socket "$folder" 3>&- &
	firewalld_pid=$!
	wait_until 10 test -S /run/dbus/system_bus_socket
}

stop_firewalld() {
	[[ -z ${firewalld_pid:-} ]] || kill "$firewalld_pid" || true
	firewalld_pid=
	rm -f /run/dbus/system_bus_socket
}

# In one step: it is read meanwhile.
mood() {
	echo "$1" >"$folder/mood.new"
	mv "$folder/mood.new" "$folder/mood"
}

sources() {
	cat "$folder/sources"
}

calls() {
	cat "$folder/calls"
	: >"$folder/calls"
}
