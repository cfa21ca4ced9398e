#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What takes hours, as root on a fresh clone: the page in a browser, the numbers in Prometheus, every fuzzer for five minutes, every system call
# of every verb going wrong, host-local killed at each of its steps, programs with musl, all of tests/netns on another kernel, some on those of other machines, and a Kubernetes
# cluster, which is built if it is not there. Ends like run.
set -u
cd "$(dirname "$0")/.." || exit
export CI=true DEBIAN_FRONTEND=noninteractive
# shellcheck source=.ci/steps.bash
. .ci/steps.bash

packages_in_use() {
	sh tools/deps.sh autopkgtest && NIGHT=1 FILE_SECONDS=3600 tests/run tests/release/package.bats
}

step "packages" install_packages
step "fuzzers" make -j"$(nproc)" fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-300}"
step "browser" make -j"$(nproc)" test-browser
step "Prometheus" make -j"$(nproc)" test-prometheus
step "another kernel" env ALL=1 make -j"$(nproc)" test-vm
step "arm64" make -j"$(nproc)" deps test-vm ARCH=arm64
step "s390x" make -j"$(nproc)" deps test-vm ARCH=s390x
step "cluster" make -j"$(nproc)" test-cluster
step "podman, a hundred times" env PODMAN_RUNS=100 FILE_SECONDS=3600 tests/run tests/interop/apt/podman-own.bats
step "shaping beside the reference" env CASE_STEP=1 BANDWIDTH_RATES="1000000 100000000 1000000000" tests/run tests/netns/bandwidth.bats
step "tuning, each case" env CASE_STEP=1 tests/run tests/netns/tuning.bats
step "DHCP, a hundred rounds" env DHCP_ROUNDS=100 FILE_SECONDS=1800 tests/run tests/netns/dhcp.bats
step "a hundred containers with three interfaces" env CONTAINERS=100 tests/run tests/netns/several.bats
# shellcheck disable=SC2046 # each is a word
step "tests of the night" env NIGHT=1 FILE_SECONDS=3600 tests/run $(grep -rl --include='*.bats' test_tags=night tests/netns tests/interop/apt)
step "packages of this distribution" env DEB_BUILD_OPTIONS=nocheck make deb
step "namespace tests with installed packages" packages_in_use
step "DEL of every configuration" env DEL_STEP=1 FILE_SECONDS=3600 tests/run tests/netns/del.bats
# Not every mirror has the sources of the libraries.
if make musl-archives; then
	step "musl" make -j"$(nproc)" test-musl
else
	printf '\n==== musl: not part of this run, since a library has no source here; build/archives/musl/log tells which\n'
fi
step "crashes" make -j"$(nproc)" test-crash
step "faults" make -j"$(nproc)" test-faults
conclude
