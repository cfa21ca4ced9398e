# SPDX-License-Identifier: GPL-2.0-or-later
# The goals that test something; the Makefile includes this file.

for_test = $(call bins,$(BUILD)) $(call bins,$(BUILD)/shared) $(call bins,$(BUILD)/san) $(call units,$(BUILD)/san) \
	$(addprefix $(BUILD)/fuzz/,$(fuzzers)) $(addprefix $(BUILD)/,$(test_tools))
for_coverage = $(call bins,$(BUILD)/coverage) $(call units,$(BUILD)/coverage) $(call bins,$(BUILD)) \
	$(addprefix $(BUILD)/coverage/,$(fuzzers)) $(addprefix $(BUILD)/,$(test_tools))

check: $(call units,$(BUILD)/san) ## unit tests and quick lints; needs no root
	@tests/run unit floors spec-notes keys plugins

test: $(for_test) ## unit, namespaces, fuzzers, lints, machines, in a quarter of an hour; ends with "N passed, N failed"
	@tests/run

test-faults: $(for_test) ## every system call of every verb goes wrong once, and a great storm; takes hours
	@NIGHT=1 FAULT_STEP=1 STORM=full FILE_SECONDS=36000 tests/run faults

test-crash: $(for_test) ## host-local and dhcp's daemon killed at every system call, and 200 of it at once; takes half an hour
	@NIGHT=1 CRASH_FULL=1 STORM_FULL=1 STORE_SEQUENCES=10000 FILE_SECONDS=7200 tests/run \
		tests/netns/host-local-crash.bats tests/netns/dhcp-crash.bats tests/netns/host-local-storm.bats tests/unit/store_model.c

ifneq ($(wildcard tests/interop/go),)
test-interop: $(for_test) ## real runtimes that need more than apt
	@sh tests/interop/go/tools.sh
	@tests/run interop/go
endif

test-cluster: $(call bins,$(BUILD)) $(BUILD)/tests/netns/without-nftables ## a real Kubernetes cluster; the first time builds it with Go for half an hour
	@sh tests/cluster/build.sh
	@rm -f $(BUILD)/cluster/latency.md
	@tests/run cluster; r=$$?; cat $(BUILD)/cluster/latency.md; exit $$r

ifneq ($(wildcard tests/vm/run),)
# Another machine's programs run in a virtual machine of that kind alone.
test-vm: $(if $(foreign),$(call bins,$(BUILD)) $(addprefix $(BUILD)/,$(test_tools)),$(for_test)) ## the suite on another kernel, in a virtual machine; ARCH=arm64, ARCH=s390x
	@ARCH=$(ARCH) tests/run vm

vm-shell: $(call bins,$(BUILD)) ## a shell in such a machine
	@bash tests/vm/boot.sh --shell
endif

# What a release needs: the toolchains of other machines, their programs and unit tests, archives made twice.
FOREIGN := arm64 s390x ppc64le
test-release: $(call bins,$(BUILD)) ## archives, packages and the programs of other machines; fetches their compilers
	@sh tools/deps.sh "$$(cat tests/release/tools)"
	@for arch in $(FOREIGN); do \
		$(MAKE) --no-print-directory ARCH=$$arch BUILD=build/$$arch foreign-archives && \
		$(MAKE) --no-print-directory ARCH=$$arch BUILD=build/$$arch foreign-tests || exit 1; \
	done
	@DEB_BUILD_OPTIONS=nocheck bash tools/deb.sh build/deb
	@tests/run release

# The sources of all libraries have to be had; tools/archives.sh says when they cannot.
musl-archives:
	@sh tools/deps.sh '$(PACKAGES_MUSL)'
	@sh tools/archives.sh build/archives/musl musl-gcc

test-musl: musl-archives $(BUILD)/shared/bin/bridge $(BUILD)/tests/netns/without-nftables ## programs with musl instead of glibc; builds their libraries, too
	@$(MAKE) --no-print-directory LIBC=musl BUILD=build/musl ARCHIVES=build/archives/musl STATIC=1 all
	@CNI_BIN=$(CURDIR)/build/musl/bin CNI_PLAIN_BIN=$(CURDIR)/build/musl/bin \
		tests/run tests/netns/standalone.bats tests/netns/loopback.bats tests/netns/ptp.bats tests/netns/bridge.bats

foreign-archives:
	@sh tools/archives.sh $(ARCHIVES) $(CC) tests

foreign-tests: $(call bins,$(BUILD)) $(call units,$(BUILD)) $(addprefix $(BUILD)/,$(test_tools))

test-browser: $(call bins,$(BUILD)) ## the page of cnitool in Chromium, which it installs
	@sh tools/deps.sh "$$(cat tests/browser/packages)"
	@tests/run browser

test-prometheus: $(call bins,$(BUILD)) ## the numbers of cnitool in Prometheus and node_exporter, which it unpacks
	@sh tools/deps.sh "$$(cat tests/prometheus/tools)"
	@tests/run prometheus

fuzz: $(addprefix $(BUILD)/fuzz/,$(fuzzers)) ## every fuzzer for FUZZ_SECONDS
	@tests/run fuzz

lint: $(call bins,$(BUILD)) ## format, floors, documents, shellcheck, clang-tidy
	@tests/run lint

coverage: $(for_coverage) ## lines and branches that the tests reach
	@bash tools/coverage.sh

ci: ## what the CI runs, in the same order
	@bash .ci/run

nightly: ## what takes hours: fuzzers for five minutes each, faults, crashes, musl, all tests on another kernel
	@bash .ci/nightly.sh

.PHONY: check test test-faults test-crash test-interop test-cluster test-vm test-release test-browser test-prometheus test-musl musl-archives foreign-archives foreign-tests vm-shell fuzz lint coverage ci nightly

unit-tests: $(call units,$(BUILD)/san)
.PHONY: unit-tests
