/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a command as a kernel without nftables would: NETLINK_NETFILTER sockets cannot be opened.
 *
 *	without-nftables ERRNO COMMAND…
 */
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip))

int main(int argc, char **argv)
{
	unsigned number = argc > 2 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	/* The numbers fit in the lower halves, which come first on the machines we test on. */
	struct sock_filter filter[] = {
		LOAD(nr),
		UNLESS(SYS_socket, 5),
		LOAD(args[0]),
		UNLESS(AF_NETLINK, 3),
		LOAD(args[2]),
		UNLESS(NETLINK_NETFILTER, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (number & SECCOMP_RET_DATA)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	if (number == 0) {
		(void)fprintf(stderr, "usage: without-nftables ERRNO COMMAND...\n");
		return 2;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		perror("seccomp");
		return 2;
	}
	(void)execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 2;
}
