# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # others use the variables
#
# The machines that qemu can be, by the names that ARCH has for make.

case $(uname -m) in
x86_64) HERE=amd64 ;;
aarch64) HERE=arm64 ;;
*) HERE=$(uname -m) ;;
esac
ARCH=${ARCH:-$HERE}
BUILD=${BUILD:-build$([[ $ARCH == "$HERE" ]] || echo "/$ARCH")}
[[ $BUILD == /* ]] || BUILD=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)/$BUILD
export ARCH BUILD

# machine ARCH: $emulator and the $emulator_package it is in, $kernel_package, the $hardware as options of qemu, the $console that the kernel
# writes to, $words for the kernel, and $bus_modules, without which it sees no device. Processors are what software emulates fastest.
machine() {
	case $1 in
	amd64)
		# A kernel that waits for a processor while it counts the timer's first interrupts takes the timer for broken, and panics, unless
		# no_timer_check is there.
		emulator=qemu-system-x86_64 emulator_package=qemu-system-x86 kernel_package=linux-image-amd64
		hardware=(-machine q35 -cpu 'max,erms=off,fsrm=off,la57=off')
		console=ttyS0 words='tsc=reliable no_timer_check' bus_modules=(virtio_pci)
		;;
	arm64)
		emulator=qemu-system-aarch64 emulator_package=qemu-system-arm kernel_package=linux-image-arm64
		hardware=(-machine virt -cpu neoverse-n1)
		console=ttyAMA0 words='' bus_modules=(virtio_pci)
		;;
	s390x)
		emulator=qemu-system-s390x emulator_package=qemu-system-misc kernel_package=linux-image-s390x
		hardware=(-machine s390-ccw-virtio -cpu max)
		console=ttysclp0 words='' bus_modules=()
		;;
	*)
		echo "no virtual machine for ARCH=$1" >&2
		exit 125
		;;
	esac
}

machine "$ARCH"
