#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A shell in fresh namespaces, with add, del and check to play with, and cnitool.
#
#   tools/try.sh [conf/10-bridge.conflist]
set -eu
cd "$(dirname "$0")/.."
LIST=${1:-conf/10-bridge.conflist}
export LIST BUILD=${BUILD:-build}

exec sh tools/private.sh bash --init-file /dev/fd/3 -i 3< <(
	cat <<'END'
source tools/runtime.sh
set +e
trap 'exit 0' EXIT # a last command that failed is no failure of make
export PATH=$BIN:$PATH CNI_PATH=$BIN NETCONFPATH=/run/cni/conf
# The examples, but for the one that needs a switch of the machine.
mkdir -p "$NETCONFPATH"
cp conf/*.conflist "$NETCONFPATH/"
rm "$NETCONFPATH"/*-ovs.conflist
new() { ip netns add "$1"; }
# An outside host, which knows no way back to any container.
ip netns add outside
ip link add uplink type veth peer name eth0 netns outside
ip addr add 192.0.2.1/24 dev uplink
ip link set uplink up
ip -n outside addr add 192.0.2.2/24 dev eth0
ip -n outside link set eth0 up
ip -n outside link set lo up
ip route add default via 192.0.2.2
show() { [[ ! -e $RESULTS/$1 ]] && echo "$1 has no result: add $1 first" || jq . "$RESULTS/$1"; }
PS1='(try) \w# '
cat <<TEXT
A network of its own with $LIST. Nothing of it reaches the machine's network; exit removes it all.

  new web            a container, which is a network namespace
  add web; show web  put it on the network, see the result
  check web; del web
  in_container web ping 10.22.0.1
  LIST=conf/…        another network

  cnitool run containers -- ip -br addr     or with cnitool: the networks of conf/, those of docs/labs.md
  cnitool list; cnitool show                with NETCONFPATH=$PWD/conf/labs
  cnitool exec web ping 192.0.2.2           the outside host; without NAT it would not know the way back
  cnitool doctor                            when something does not work
TEXT
END
)
