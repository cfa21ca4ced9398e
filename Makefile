# SPDX-License-Identifier: GPL-2.0-or-later
#
# A folder under plugins/ or ipam/ that contains .c files is a program made of all of them plus libcni.a, one under
# tools/ links libruntime.a, too. A .c file in tests/unit/ is a cmocka program, one in tests/fuzz/ a libFuzzer target, one elsewhere
# below tests/ a tool of the bats files beside it. A file called packages below tests/ names apt packages.
# Adding any of these needs no change here.
#
#   V=1         show the commands             CC=clang    another compiler
#   WERROR=1    warnings are errors           BUILD=dir   where everything goes, default build
#   SAN=1       build/san: ASan and UBSan     JOBS=2      cores for the tests, default all
#   STATIC=0    programs that load libraries, STATIC=1 none that do; default: static where there are archives
#   ARCH=arm64  for another machine: arm64, s390x, ppc64le, riscv64, amd64, into build/ARCH
#   LIBC=musl   with musl, all libraries from their sources, into build/musl
#   CFLAGS, CPPFLAGS, LDFLAGS, PKG_CONFIG     as everywhere; the language, warnings and hardening are added
#   PREFIX, BINDIR, DESTDIR, STRIP=1          where install puts the plugins, default /opt/cni/bin; without symbols
#   UNITDIR                                   where it puts the units of systemd: /etc/systemd/system; default nowhere
#   TOOLDIR, MANDIR, COMPLETIONDIR            where it puts cnitool and the manual, default below /usr/local
#   ZSHDIR, FISHDIR                           and its completion for zsh and fish, default beside that for bash
#   FUZZ_SECONDS=300                          how long each fuzzer runs, default 5

NAME    := cni-plugins-c
PREFIX  ?= /opt/cni
BINDIR  ?= $(PREFIX)/bin
TOOLDIR ?= /usr/local/bin
MANDIR  ?= /usr/local/share/man
COMPLETIONDIR ?= /usr/local/share/bash-completion/completions
ZSHDIR  ?= $(patsubst %/bash-completion/completions,%/zsh/site-functions,$(COMPLETIONDIR))
FISHDIR ?= $(patsubst %/bash-completion/completions,%/fish/vendor_completions.d,$(COMPLETIONDIR))
CFLAGS  ?= -O2 -g
FUZZ_CC ?= clang
PKG_CONFIG ?= pkg-config

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# The names of machines are those of the reference's archives.
here := $(patsubst x86_64,amd64,$(patsubst aarch64,arm64,$(shell uname -m)))
ARCH ?= $(here)
ifneq ($(ARCH),$(here))
foreign  := $(ARCH)
triplet  := $(patsubst amd64,x86_64,$(patsubst arm64,aarch64,$(patsubst ppc64le,powerpc64le,$(ARCH))))-linux-gnu
PACKAGES_FOREIGN := gcc-$(subst _,-,$(triplet)) libc6-dev-$(patsubst ppc64le,ppc64el,$(ARCH))-cross
CC       := $(triplet)-gcc
AR       := $(triplet)-ar
BUILD    ?= build/$(ARCH)
endif
# Debian and Ubuntu have musl for one machine, and no library for it. debootstrap knows where sources are that a mirror lacks.
PACKAGES_MUSL := musl-tools linux-libc-dev flex bison dpkg-dev debootstrap
ifeq ($(LIBC),musl)
foreign  := musl
PACKAGES_FOREIGN := $(PACKAGES_MUSL)
CC       := musl-gcc
BUILD    ?= build/musl
ARCHIVES ?= build/archives/musl
endif
BUILD    ?= build
ARCHIVES ?= build/archives/$(ARCH)
export BUILD JOBS FUZZ_SECONDS

Q := $(if $(V),,@)
say = $(if $(V),@:,@printf '  %-7s %s\n' $(1) $(2))

# A variable that asks the compiler or pkg-config is worked out at its first use, and only then: `make deps all`
# reads this file before there is either.
lazy = $(eval $(1) := $(2))$($(1))

# ---- packages ----------------------------------------------------------------------------------------------

# pkg-config name : apt package. libnl-3 carries messages, libnl-route-3 makes those about links, addresses and routes, libnftnl
# those about nftables, with libmnl under it; cJSON holds configurations; libdbus is for firewall alone. The linker leaves out what nobody uses.
LIBRARIES := libnl-3.0:libnl-3-dev libnl-route-3.0:libnl-route-3-dev libnftnl:libnftnl-dev \
	libmnl:libmnl-dev libcjson:libcjson-dev dbus-1:libdbus-1-dev
library_names := $(foreach l,$(LIBRARIES),$(firstword $(subst :, ,$(l))))

PACKAGES_BUILD := gcc libc6-dev make pkg-config $(foreach l,$(LIBRARIES),$(lastword $(subst :, ,$(l)))) \
	$(if $(filter 0,$(STATIC)),,dpkg-dev)
PACKAGES_DEMO  := mount iproute2 nftables iputils-ping jq
# With a question mark: where the distribution has it. With an exclamation mark: unpacked, not installed.
PACKAGES_TEST  := bats clang libclang-rt-dev? clang-format-14? clang-tidy-14? shellcheck libcmocka-dev git strace tcpdump \
	iptables conntrack netcat-openbsd socat procps python3 gojq containernetworking-plugins

PACKAGES_TEST += $(sort $(shell cat /dev/null $(wildcard tests/*/packages tests/*/*/packages)))

# What a virtual machine of another kind needs, where it is not as for this one.
emulator_arm64 := qemu-system-arm
emulator_s390x := qemu-system-misc qemu-system-s390x?

# `make deps demo` fetches less than `make deps` or `make deps test`.
DEPS := $(PACKAGES_BUILD) $(PACKAGES_DEMO) $(PACKAGES_FOREIGN) $(if $(filter test-vm,$(MAKECMDGOALS)),$(emulator_$(foreign)))
ifneq ($(MAKECMDGOALS)$(foreign),deps)
DEPS += $(if $(filter-out deps all install demo try release image,$(MAKECMDGOALS)),$(PACKAGES_TEST))
DEPS += $(if $(filter coverage,$(MAKECMDGOALS)),llvm)
else
DEPS += $(PACKAGES_TEST)
endif

# Says what is missing before the compiler says it in its own way.
.PHONY: packages
packages: $(if $(filter deps,$(MAKECMDGOALS)),deps)
	@$(if $(foreign),missing='$(static_missing)'; command -v '$(firstword $(CC))' >/dev/null || missing="$(CC) $$missing"; \
	test -z "$$missing" || { \
		echo "missing for $(foreign): $$missing"; \
		echo "they come with:    make deps ARCH=$(ARCH)$(LIBC:%= LIBC=%)"; \
		exit 1; \
	} >&2; exit 0;) missing=; \
	command -v '$(firstword $(CC))' >/dev/null || missing="$$missing gcc"; \
	if command -v $(PKG_CONFIG) >/dev/null; then \
		for l in $(LIBRARIES); do \
			$(PKG_CONFIG) --exists "$${l%%:*}" || missing="$$missing $${l#*:}"; \
		done; \
	else \
		missing="$$missing pkg-config $(foreach l,$(LIBRARIES),$(lastword $(subst :, ,$(l))))"; \
	fi; \
	test -z "$$missing" || { \
		echo "packages are missing:$$missing"; \
		echo "install them with:    make deps"; \
		echo "or:                   apt-get install -y$$missing"; \
		exit 1; \
	} >&2
	$(say_linked)

deps: ## install the apt packages that the other goals of the command line need (alone: all)
	@sh tools/deps.sh '$(DEPS)'
	@$(if $(filter 0,$(STATIC_wanted)),:,sh tools/archives.sh $(ARCHIVES) $(CC) || $(if $(filter 1,$(STATIC_wanted)),exit 1,:))

# ---- flags -------------------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wshadow -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef

accepts = $(shell $(1) -Werror $(2) -x c -c /dev/null -o /dev/null 2>/dev/null && echo $(2))
# Some distributions switch fortify on in the compiler, some people in their flags; defining it again would be a warning.
fortify = $(shell $(CC) $(CPPFLAGS) $(CFLAGS) -O2 -dM -E -x c /dev/null | grep -q _FORTIFY_SOURCE || echo -D_FORTIFY_SOURCE=2)

PKG_CFLAGS = $(call lazy,PKG_CFLAGS,$(if $(foreign),-isystem $(ARCHIVES)/include -isystem $(ARCHIVES)/include/libnl3 -isystem $(ARCHIVES)/include/dbus-1.0,\
	$(shell $(PKG_CONFIG) --cflags $(library_names))))
HARDENING  = $(call lazy,HARDENING,$(fortify) $(foreach f,-fstack-protector-strong -fstack-clash-protection \
	-fcf-protection,$(call accepts,$(CC),$(f))))

BASE_CFLAGS = -std=gnu11 $(WARNINGS) $(if $(WERROR),-Werror) -D_GNU_SOURCE -Ilibcni -Itools/libruntime $(PKG_CFLAGS) $(CPPFLAGS) -MMD -MP
SANITIZE    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LINK        := -Wl,-z,relro,-z,now -Wl,--as-needed -Wl,--gc-sections

# libNAME.a with its path, of the folder that tools/archives.sh fills or of the compiler; nothing when there is none.
archive_of = $(firstword $(wildcard $(ARCHIVES)/lib/lib$(1).a) $(if $(foreign),,$(filter /%,$(shell $(CC) -print-file-name=lib$(1).a))))

# libnftnl needs libmnl, libnl-route libnl.
STATIC_NAMES := nftnl nl-route-3 nl-3 mnl cjson dbus-1
static_libs    = $(call lazy,static_libs,$(foreach l,$(STATIC_NAMES),$(call archive_of,$(l))))
static_missing = $(strip $(foreach l,$(STATIC_NAMES),$(if $(filter %/lib$(l).a,$(static_libs)),,lib$(l).a)))

# What a release cannot be made with is said before anything is compiled.
ifneq ($(filter release image,$(MAKECMDGOALS)),)
STATIC ?= 1
$(if $(filter 1,$(STATIC)),,$(error a release is static: make deps release, without STATIC=$(STATIC)))
$(if $(LIBC),$(error a release has the C library of the distribution: make it without LIBC=$(LIBC)))
endif
STATIC_wanted := $(STATIC)
ifeq ($(STATIC_wanted),)
STATIC = $(call lazy,STATIC,$(if $(static_missing),0,1))
endif
say_linked = $(if $(static_missing),$(say_missing_$(STATIC_wanted)))
say_missing_  = @echo 'without $(static_missing) the programs are linked shared; make deps brings what is missing'
say_missing_1 = @echo 'a static program needs $(static_missing): make deps brings them' >&2; exit 1

# libnl can translate names of hosts and protocols, libdbus those of users, which no program of ours asks them for, and which a
# static program would load shared libraries for. libcni/net/names.c stands in. Of libsystemd, which has no static form, servers
# on libdbus learn which sockets they inherit: plugins/firewall/no_systemd.c stands in.
NO_NAMES := $(foreach f,getaddrinfo getprotobyname getprotobynumber getpwnam_r getpwuid_r getgrouplist \
	sd_listen_fds sd_is_socket,-Wl,--wrap=$(f))

SHARED_LIBS = $(if $(foreign),-L$(ARCHIVES)/lib $(static_libs),$(STATIC_NAMES:%=-l%))
LIBS      = $(if $(filter 1,$(STATIC)),$(static_libs),$(SHARED_LIBS))
# Some machines' C library cannot be linked to a static program that lies anywhere; and musl-gcc before 1.2.4 makes one that loads musl.
static_form = $(call lazy,static_form,$(if $(and $(filter /%,$(shell $(CC) -print-file-name=rcrt1.o)),\
	$(shell $(CC) -static-pie -\#\#\# -x c /dev/null 2>&1 | grep -e -no-dynamic-linker)),-static-pie,-static))
# What makes a static program start in less time, each where the linker knows it: the code of a start in one place, and addresses
# to correct as a map of bits, which glibc reads from 2.36 on.
start_script := -Wl,-T,tools/start.ld
bit_map      := -Wl,-z,pack-relative-relocs
links = $(shell out=$$(mktemp) && echo '$(2) int main(void) { return 0; }' | \
	$(CC) $(static_form) $(LDFLAGS) -Wl,--fatal-warnings $(1) -include features.h -o $$out -x c - 2>/dev/null && echo $(1); rm -f $$out)
is_glibc_2_36 := _Static_assert(__GLIBC_MINOR__ >= 36, "");
quick_start = $(call lazy,quick_start,$(call links,$(start_script)) $(call links,$(bit_map),$(is_glibc_2_36)))
LINK_FORM = $(if $(filter 1,$(STATIC)),$(static_form) $(quick_start) $(NO_NAMES),-pie)

# The newest heading of the change log.
VERSION := $(shell sed -n 's/^\#\# \([0-9][^ ]*\).*/\1/p;T;q' CHANGELOG.md)

# ---- what there is -----------------------------------------------------------------------------------------

libraries       := libcni tools/libruntime
library_sources := $(wildcard $(libraries:%=%/*/*.c))
folders         := $(patsubst %/,%,$(sort $(dir $(wildcard plugins/*/*.c ipam/*/*.c tools/*/*.c))))
programs        := $(notdir $(folders))
# What a program's folder is linked with.
libraries_of     = libcni $(if $(filter tools/%,$(1)),tools/libruntime)
# All parts of programs but the file with main(), which is named like its folder: what tests can link.
part_sources    := $(filter-out $(foreach f,$(folders),$(f)/$(notdir $(f)).c),$(foreach f,$(folders),$(wildcard $(f)/*.c)))
unit_tests      := $(patsubst %.c,%,$(wildcard tests/unit/*.c))
fuzzers         := $(patsubst %.c,%,$(wildcard tests/fuzz/*.c))
# tests/faults knows the registers of one kind of machine.
test_tools      := $(filter-out $(unit_tests) $(fuzzers) $(if $(filter-out amd64,$(ARCH)),tests/faults/inject),$(patsubst %.c,%,$(wildcard tests/*/*.c tests/*/*/*.c)))

# $(1) compiler, its flags and the form, $(2) libraries
define link_program
$(call say,LINK,$@)
@mkdir -p $(@D)
$(Q)$(1) $(LINK) $(LDFLAGS) -o $@ -Wl,--start-group $(filter-out %.ld,$^) $(2) -Wl,--end-group
endef

# ---- one tree of objects per way to build ------------------------------------------------------------------

# $(1) directory, $(2) variable with the compiler, $(3) variable with its flags, $(4) variable with how programs are linked,
# $(5) variable with their libraries
define tree
$(1)/%.o: %.c $(1)/flags | packages
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$($(2)) $$(BASE_CFLAGS) $$($(3)) $$(extra) -c -o $$@ $$<

# Changed flags rebuild everything.
$(1)/flags: FORCE | packages
	@mkdir -p $$(@D)
	@echo '$$($(2)) $$(BASE_CFLAGS) $$($(3)) $$($(4)) $$($(5))' | cmp -s - $$@ || \
		echo '$$($(2)) $$(BASE_CFLAGS) $$($(3)) $$($(4)) $$($(5))' >$$@

# The version rebuilds only what prints it.
$(1)/version: FORCE
	@mkdir -p $$(@D)
	@echo '$$(VERSION)' | cmp -s - $$@ || echo '$$(VERSION)' >$$@
$(1)/libcni/base/release.o: $(1)/version
$(1)/libcni/base/release.o: extra = -DRELEASE='"v$$(VERSION)"'
$(1)/tools/cnitool/page.o: tools/cnitool/page.html

$(foreach l,$(libraries),$(1)/$(l).a: $(patsubst %.c,$(1)/%.o,$(wildcard $(l)/*/*.c))
)
$(1)/parts.a: $(part_sources:%.c=$(1)/%.o)
$(libraries:%=$(1)/%.a) $(1)/parts.a:
	$$(call say,AR,$$@)
	@mkdir -p $$(@D); echo '!<arch>' >$$@
	$$(if $$^,$$(Q)$$(AR) rcs $$@ $$^)

$(foreach f,$(folders),$(1)/bin/$(notdir $(f)): $(patsubst %.c,$(1)/%.o,$(wildcard $(f)/*.c)) $(patsubst %,$(1)/%.a,$(call libraries_of,$(f)))
)
$(programs:%=$(1)/bin/%): tools/start.ld
	$$(call link_program,$$($(2)) $$($(3)) $$($(4)),$$($(5)))

$(addprefix $(1)/,$(unit_tests)): $(1)/%: $(1)/%.o $(1)/parts.a $(libraries:%=$(1)/%.a)
	$$(call say,LINK,$$@)
	$$(Q)$$($(2)) $$($(3)) $$(LINK) $$(LDFLAGS) -o $$@ -Wl,--start-group $$^ -Wl,--end-group -lcmocka $$(SHARED_LIBS)

# Tests may include a .c file to reach its static functions.
$(1)/tests/%.o: extra = -I.

-include $(patsubst %.c,$(1)/%.d,$(library_sources) $(foreach f,$(folders),$(wildcard $(f)/*.c)) \
	$(patsubst %,%.c,$(unit_tests) $(fuzzers) $(test_tools)))
endef

# Two checkouts in different folders make the same bytes.
plain_flags    = $(CFLAGS) -ffile-prefix-map=$(CURDIR)=. -fPIE -ffunction-sections -fdata-sections $(HARDENING)
san_flags      = -fPIE $(SANITIZE)
# Counted in a file that is mapped, so that whoever is killed counts too; its name is in the program, because tests
# start plugins with an empty environment.
coverage_flags = -fPIE -O0 -g -fcoverage-mapping -mllvm -runtime-counter-relocation \
	-Wno-unused-command-line-argument \
	-fprofile-instr-generate='$(abspath $(BUILD))/coverage/profiles/%m%c.profraw'
fuzz_flags     = -fPIE $(SANITIZE) -fsanitize=fuzzer-no-link

shared_form := -pie

$(eval $(call tree,$(BUILD),CC,plain_flags,LINK_FORM,LIBS))
$(eval $(call tree,$(BUILD)/san,CC,san_flags,shared_form,SHARED_LIBS))
$(eval $(call tree,$(BUILD)/coverage,FUZZ_CC,coverage_flags,shared_form,SHARED_LIBS))
$(eval $(call tree,$(BUILD)/fuzz,FUZZ_CC,fuzz_flags,shared_form,SHARED_LIBS))

# The same objects as programs that load libraries, whatever the others do: for the tests of that form.
$(foreach f,$(folders),$(eval $(BUILD)/shared/bin/$(notdir $(f)): $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(f)/*.c)) $(patsubst %,$(BUILD)/%.a,$(call libraries_of,$(f)))))
$(programs:%=$(BUILD)/shared/bin/%):
	$(call link_program,$(CC) $(plain_flags) $(shared_form),$(SHARED_LIBS))

# $(1) directory, $(2) variable with the flags
define fuzzers_of
$(addprefix $(1)/,$(fuzzers)): $(1)/%: $(1)/%.o $(1)/parts.a $(libraries:%=$(1)/%.a)
	$$(call say,LINK,$$@)
	$$(Q)$$(FUZZ_CC) $$($(2)) -fsanitize=fuzzer -o $$@ -Wl,--start-group $$^ -Wl,--end-group $$(SHARED_LIBS)
endef

$(eval $(call fuzzers_of,$(BUILD)/fuzz,fuzz_flags))
$(eval $(call fuzzers_of,$(BUILD)/coverage,coverage_flags))

$(addprefix $(BUILD)/,$(test_tools)): %: %.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(plain_flags) $(LINK) $(LDFLAGS) -o $@ $^

FORCE:
.SECONDARY:

# ---- goals -------------------------------------------------------------------------------------------------

tree := $(BUILD)$(if $(SAN),/san)
bins     = $(programs:%=$(1)/bin/%)
units    = $(addprefix $(1)/,$(unit_tests))

all: $(call bins,$(tree)) ## build the programs into build/bin

# What the demo shows: the plugins of its list, and cnitool.
demo_programs := cnitool $(shell sed -n 's/.*"type": *"\([^"]*\)".*/\1/p' conf/10-bridge.conflist)
demo: $(demo_programs:%=$(BUILD)/bin/%) ## three containers on conf/10-bridge.conflist, shown and removed again
	@bash tools/demo.sh

try: $(call bins,$(BUILD)) ## a shell in fresh namespaces with add, del, check and cnitool
	@bash tools/try.sh

bench: $(call bins,$(BUILD)) ## what commands cost, beside the bare kernel and the reference, in 20 minutes; QUICK=1, SCENARIO=regex
	@bash tools/bench.sh

format: ## rewrite the C files the way .clang-format says
	@clang-format-14 -i $$(find libcni plugins ipam tests tools -name '*.[ch]')

# A plugin is replaced in one step: runtimes start it while we install. A tool is installed when it has a manual page.
plugins := $(notdir $(patsubst %/,%,$(sort $(dir $(wildcard plugins/*/*.c ipam/*/*.c)))))
tools   := $(filter $(patsubst docs/man/%.1,%,$(wildcard docs/man/*.1)),$(programs))

units_of_systemd := $(wildcard ipam/*/systemd/* tools/*/systemd/*)

install: $(call bins,$(BUILD)) ## plugins into BINDIR, tools into TOOLDIR, manual pages into MANDIR
	install -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(TOOLDIR)' '$(DESTDIR)$(MANDIR)/man1' '$(DESTDIR)$(MANDIR)/man8' \
		'$(DESTDIR)$(COMPLETIONDIR)' '$(DESTDIR)$(ZSHDIR)' '$(DESTDIR)$(FISHDIR)'
	for p in $(plugins); do \
		install $(if $(STRIP),-s) -m 755 $(BUILD)/bin/$$p '$(DESTDIR)$(BINDIR)'/.$$p.new && \
		mv -f '$(DESTDIR)$(BINDIR)'/.$$p.new '$(DESTDIR)$(BINDIR)'/$$p || exit 1; \
	done
	for p in $(tools); do \
		install $(if $(STRIP),-s) -m 755 $(BUILD)/bin/$$p '$(DESTDIR)$(TOOLDIR)'/$$p && \
		install -m 644 tools/$$p/completion.bash '$(DESTDIR)$(COMPLETIONDIR)'/$$p && \
		install -m 644 tools/$$p/completion.zsh '$(DESTDIR)$(ZSHDIR)'/_$$p && \
		install -m 644 tools/$$p/completion.fish '$(DESTDIR)$(FISHDIR)'/$$p.fish || exit 1; \
	done
	install -m 644 docs/man/*.1 '$(DESTDIR)$(MANDIR)/man1'
	install -m 644 docs/man/*.8 '$(DESTDIR)$(MANDIR)/man8'
	[ -z '$(UNITDIR)' ] || { install -d '$(DESTDIR)$(UNITDIR)' && for u in $(units_of_systemd); do \
		sed 's|/opt/cni/bin|$(BINDIR)|; s|/usr/local/bin|$(TOOLDIR)|' $$u >'$(DESTDIR)$(UNITDIR)'/"$${u##*/}" || exit 1; \
	done; }

uninstall: ## remove them again
	rm -f $(if $(UNITDIR),$(foreach u,$(notdir $(units_of_systemd)),'$(DESTDIR)$(UNITDIR)/$u')) $(plugins:%='$(DESTDIR)$(BINDIR)'/%) \
		$(foreach t,$(tools),'$(DESTDIR)$(TOOLDIR)/$t' '$(DESTDIR)$(COMPLETIONDIR)/$t' '$(DESTDIR)$(ZSHDIR)/_$t' '$(DESTDIR)$(FISHDIR)/$t.fish') \
		$(foreach m,$(notdir $(wildcard docs/man/*.1)),'$(DESTDIR)$(MANDIR)/man1/$m') \
		$(foreach m,$(notdir $(wildcard docs/man/*.8)),'$(DESTDIR)$(MANDIR)/man8/$m')

RELEASES ?= build/releases
release: $(call bins,$(BUILD)) ## build/releases/cni-plugins-c-linux-ARCH-vVERSION.tgz with its sums; RELEASES=dir
	@VERSION=$(VERSION) ARCH=$(ARCH) CC='$(CC)' RELEASE_STRIP=$(if $(foreign),$(triplet)-)strip ARCHIVES=$(ARCHIVES) \
		RELEASE_FLAGS='$(filter-out -ffile-prefix-map=%,$(plain_flags)) $(static_form)' \
		bash tools/release.sh $(RELEASES) $(addprefix $(BUILD)/bin/,$(plugins) $(tools))

image: release ## build/releases/…-image.tar: an OCI archive whose entry point installs the plugins on a node
	@VERSION=$(VERSION) ARCH=$(ARCH) bash tools/image.sh $(RELEASES)/$(NAME)-linux-$(ARCH)-v$(VERSION)

deb: ## build/deb/*.deb for this distribution, which load its libraries; fetches what that takes
	@bash tools/deb.sh $(BUILD)/deb

dist: ## build/cni-plugins-c-VERSION.tar.gz of what git knows
	@mkdir -p $(BUILD)
	git ls-files -z | tar --null --files-from=- --transform 's,^,$(NAME)-$(VERSION)/,' \
		-czf $(BUILD)/$(NAME)-$(VERSION).tar.gz
	@echo $(BUILD)/$(NAME)-$(VERSION).tar.gz

include tests/tests.mk

clean: ## remove the build directory, but for what `make deps` put there
	rm -rf $(filter-out $(patsubst %/,%,$(dir $(ARCHIVES))) $(BUILD)/unpacked,$(wildcard $(BUILD)/*))

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(filter %akefile %.mk,$(MAKEFILE_LIST)) | expand -t 18
	@sed -n 's/^#   \([A-Z]\)/  \1/p' $(firstword $(MAKEFILE_LIST))

.PHONY: all demo try bench format install uninstall release image deb dist clean help deps FORCE
