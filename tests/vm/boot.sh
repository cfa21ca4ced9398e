#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Boots a virtual machine on another kernel with this machine's root, read-only below a layer of memory, and runs
# bats files or a command in it. With ARCH=arm64 or s390x it is a machine of that kind, with a root made of packages (root.sh) and
# this tree, where the programs of build/ARCH are.
#
#   boot.sh [OPTION…] FILE.bats…
#   boot.sh [OPTION…] -- COMMAND [ARGUMENT…]
#   boot.sh [OPTION…] --shell
#
#   --append WORDS        more for the kernel's command line: --append ipv6.disable=1
#   --forbid MODULES      modules that cannot be loaded; patterns such as 'nft_*' too
#   --load MODULES        modules to load before, with commas or spaces between
#   --cpus N              default 1: software emulation of one is the fastest per processor used
#   --memory SIZE         default 1536M
#   --timeout SECONDS     for the whole run, default 900
#   --file-timeout SECONDS  for each bats file, default 900
#   --disk FILE           an ext4 image on /var/lib/cni that survives; made if it is not there
#   --power-cut SECONDS   end the machine without warning, so long after it was ready; exit status 0
#   --shard I/N           only every Nth test of the bats files, from the Ith
#   --only FILE           only the tests whose names are lines of FILE
#   --keep                do not remove the run's directory (build/vm/run.*), and name it
#
# Environment: ARCH=, KERNEL=, MODULES=, KERNEL_PACKAGE= (see kernel.sh), BUILD=, ACCEL=tcg. CNI_BIN, PATIENCE and their like are
# handed on; CNI_BIN is build/bin here, since sanitizers under emulation take too long.
#
# Exit status: the command's, unless
#   120  the kernel panicked         124  time is over
#   121  the kernel complained       125  the machine could not be started or ended without an answer

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=tests/vm/machines.bash
. "$here/machines.bash"
export CNI_BIN=${CNI_BIN:-$BUILD/bin}
# Emulation is slow, and several machines share the processors.
export PATIENCE=${PATIENCE:-10} PLUGIN_TIMEOUT=${PLUGIN_TIMEOUT:-600}

readonly PANICKED=120 COMPLAINED=121 TIMED_OUT=124 BROKEN=125
readonly PANIC='Kernel panic - not syncing'
readonly COMPLAINT='\bOops\b|\bBUG:|WARNING: CPU|general protection fault|Call [Tt]race:|refcount_t:'

# shellcheck disable=SC2034 # write_settings takes some of them by name
append='' forbid='' load='' cpus=1 memory=1536M limit=900 file_limit=900 disk='' power_cut='' shard='' only=''
shell='' keep=''
# The image of the machine's root, where that is not this machine's.
base=''
# shellcheck disable=SC2034 # kernel.sh sets them, write_settings takes some by name
dir='' kernel='' initramfs=''

die() {
	echo "${0##*/}: $*" >&2
	exit "$BROKEN"
}

usage() {
	sed -n '/^#   boot/,/^$/s/^# \?//p' "$0" >&2
	exit "$BROKEN"
}

# The regular expression that matches what --only, --shard and the day leave of the given files' tests.
test_filter() {
	local index=${shard%/*} count=${shard#*/}

	awk -v day="$([[ -n ${ALL:-}${NIGHT:-} ]] || echo 1)" '
		/^# bats test_tags=night$/ { is_night = 1 }
		/^@test "/ {
			if (!day || !is_night) {
				sub(/^@test "/, "")
				sub(/" {.*$/, "")
				print
			}
			is_night = 0
		}' "$@" |
		if [[ -n $only ]]; then grep -xFf "$only"; else cat; fi |
		awk -v i="${index:-1}" -v n="${count:-1}" '(NR - 1) % n == i - 1 {
			gsub(/\\/, ""); gsub(/[^A-Za-z0-9 ,:]/, "."); printf "%s%s", sep, $0; sep = "|"
		}'
}

# What guest.sh runs.
write_command() {
	local name filter

	for name in BUILD CNI_BIN CNI_PLAIN_BIN CNI_REFERENCE_BIN PLUGIN_TIMEOUT PATIENCE CNI_VM_VARIANT ALL NIGHT FAULT_STEP FAULT_FIRST FAULT_ONLY; do
		[[ -z ${!name:-} ]] || printf 'export %s=%q\n' "$name" "${!name}"
	done
	if [[ -n $shell ]]; then
		printf '%s\n' 'export PATH=$CNI_BIN:$PATH' 'exec bash --norc'
		return
	fi
	if [[ $1 != *.bats ]]; then
		printf 'exec'
		printf ' %q' "$@"
		echo
		return
	fi
	filter=$(test_filter "$@")
	cat <<-END
		r=0
		run() {
			timeout --foreground --kill-after=10 $file_limit sh $(printf %q "$root")/tools/private.sh bats --tap --timing --filter "\$2" "\$1" && return
			r=\$?
			((r != 124 && r != 137)) || echo "not ok \$1: not done after $file_limit s"
			r=1
		}
	END
	for name in "$@"; do
		grep -qE "^@test \"(${filter:-no test})\" " "$name" || continue
		# As tests/run does it, with a /run and leases for each file.
		printf 'run %q %q\n' "$name" "^(${filter:-no test})\$"
	done
	echo 'exit $r'
}

# For busybox's shell as well as for bash.
write_settings() {
	# shellcheck disable=SC2034 # taken by name
	local name rows=24 columns=80
	# shellcheck disable=SC2034 # taken by name
	local guest=$here/guest.sh directory=$PWD terminal=${TERM:-dumb}
	if [[ -n $shell ]]; then
		# shellcheck disable=SC2034
		read -r rows columns < <(stty size 2>/dev/null || echo 24 80)
	fi
	for name in release modules guest directory terminal rows columns forbid load shell base root console; do
		[[ ${!name} != *\'* ]] || die "$name holds a quotation mark: ${!name}"
		echo "$name='${!name}'"
	done
}

make_disk() {
	[[ -n $disk && ! -e $disk ]] || return 0
	truncate -s 64M "$disk"
	mkfs.ext4 -q -F "$disk"
}

start() {
	local serials=(-chardev "file,id=log,path=$dir/console" -serial chardev:log -chardev "stdio,id=output"
		-device virtio-serial -device "virtserialport,chardev=output")

	[[ -z $shell ]] || serials=(-chardev "stdio,id=log,mux=on,signal=off,logfile=$dir/console" -serial chardev:log)
	# panic=-1 reboots at once, and --no-reboot makes an end of that.
	exec "$emulator" "${hardware[@]}" -accel "${ACCEL:-tcg}" -smp "$cpus" -m "$memory" \
		-nodefaults -no-user-config -display none -no-reboot "${serials[@]}" \
		-kernel "$kernel" -initrd "$initramfs" \
		-append "console=$console panic=-1 quiet loglevel=5 mitigations=off init_on_alloc=0 random.trust_cpu=on norandmaps $words $append" \
		-fsdev local,id=root,path=/,security_model=none,readonly=on,multidevs=remap \
		-device virtio-9p,fsdev=root,mount_tag=root \
		-fsdev "local,id=exchange,path=$dir/exchange,security_model=none" \
		-device virtio-9p,fsdev=exchange,mount_tag=exchange \
		${base:+-drive "file=$base,format=raw,if=virtio,readonly=on"} \
		${disk:+-drive "file=$disk,format=raw,if=virtio,cache=writeback"}
}

# Ends the machine when its time has come, and notes why.
watch() {
	local pid=$1

	if [[ -z $power_cut ]]; then
		sleep "$limit"
		echo timeout >"$dir/ended"
	else
		until [[ -e $dir/exchange/ready ]]; do
			sleep 0.05
		done
		sleep "$power_cut"
		echo power-cut >"$dir/ended"
	fi
	kill -KILL "$pid" 2>/dev/null
}

# The exit status, and a word on stderr if it is not the command's.
verdict() {
	local ended=''

	[[ ! -e $dir/ended ]] || ended=$(<"$dir/ended")
	if grep -q -- "$PANIC" "$dir/console"; then
		echo "# the kernel panicked:" && tail -n 40 "$dir/console" | sed 's/^/# /'
		return "$PANICKED"
	fi
	if grep -qE -- "$COMPLAINT" "$dir/console"; then
		echo "# the kernel complained:" && grep -E -A 30 -- "$COMPLAINT" "$dir/console" | head -n 60 | sed 's/^/# /'
		return "$COMPLAINED"
	fi
	if [[ -s $dir/exchange/status ]]; then
		return "$(<"$dir/exchange/status")"
	fi
	case $ended in
	power-cut) return 0 ;;
	timeout) echo "# not done after $limit s; the console's last words:" ;;
	*) echo "# the machine ended without an answer; the console's last words:" ;;
	esac
	tail -n 20 "$dir/console" | sed 's/^/# /'
	[[ $ended != timeout ]] || return "$TIMED_OUT"
	return "$BROKEN"
}

# shellcheck disable=SC2317 # the trap calls it
finish() {
	[[ -z ${watcher:-} ]] || kill -- "-$watcher" 2>/dev/null || true
	[[ -z ${machine:-} ]] || kill -KILL "$machine" 2>/dev/null || true
	if [[ -n $keep ]]; then
		echo "# kept: $dir" >&2
	elif [[ -n $dir ]]; then
		rm -rf "$dir"
	fi
}

# shellcheck disable=SC2034
while (($# > 0)); do
	case $1 in
	--append | --forbid | --load | --cpus | --memory | --timeout | --file-timeout | --disk | --power-cut | --shard | --only)
		(($# > 1)) || usage
		name=${1#--} && name=${name/timeout/limit}
		printf -v "${name//-/_}" %s "$2"
		shift
		;;
	--shell) shell=1 ;;
	--keep) keep=1 ;;
	--) shift && break ;;
	-*) usage ;;
	*) break ;;
	esac
	shift
done
[[ -n $shell || $# -gt 0 ]] || usage

settings=$("$here/kernel.sh")
eval "$settings"
[[ $ARCH == "$HERE" ]] || base=$("$here/root.sh")
make_disk
trap finish EXIT
trap 'exit 130' INT TERM
dir=$(mktemp -d "$BUILD/vm/run.XXXXXX")
mkdir "$dir/exchange"
: >"$dir/console"
write_settings >"$dir/exchange/settings"
write_command "$@" >"$dir/exchange/command"

if [[ -n $shell ]]; then
	(start)
else
	# A stdin that never ends: at its end qemu would take the output's reader for gone, too.
	start 0<> <(:) &
	machine=$!
	set -m
	watch "$machine" &
	watcher=$!
	set +m
	wait "$machine" 2>/dev/null || true
	machine=''
fi
result=0
verdict >"$dir/verdict" || result=$?
cat "$dir/verdict" >&2
exit "$result"
