/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which capabilities attaching needs. */
#include "base/privileges.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/cleanup.h"

#define CAP(name) (1U << (name)) /* all of them are below 32 */

/* The first user namespace always has this number (PROC_USER_INIT_INO). */
static const ino_t first_user_namespace = 0xeffffffd;

static const uint32_t needed =
	CAP(CAP_NET_ADMIN) |	   /* links, addresses, routes, rules, settings */
	CAP(CAP_NET_RAW) |	   /* the announcement of addresses */
	CAP(CAP_SYS_ADMIN) |	   /* entering the container's namespace */
	CAP(CAP_SYS_PTRACE) |	   /* /proc/PID/ns/net of a process with more capabilities */
	CAP(CAP_DAC_OVERRIDE) |	   /* a data directory of another user */
	CAP(CAP_DAC_READ_SEARCH) | /* the same, and giving a file without name one */
	CAP(CAP_FOWNER);	   /* the same: times, removal from a sticky folder */

void privileges_drop(bool delegates)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct have[_LINUX_CAPABILITY_U32S_3] = { 0 };

	ignore((int)syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC));
	if (!delegates)
		ignore(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	/*
	 * Who is not root has what was given on purpose, and would not get it back for the
	 * delegate.
	 */
	if (geteuid() != 0 || syscall(SYS_capget, &header, have) < 0)
		return;
	have[0].effective &= needed;
	have[0].permitted &= needed;
	have[1].effective = have[1].permitted = 0;
	ignore((int)syscall(SYS_capset, &header, have));
}

bool privileges_are_full(int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct have[_LINUX_CAPABILITY_U32S_3] = { 0 };
	struct stat st;

	return stat("/proc/self/ns/user", &st) == 0 && st.st_ino == first_user_namespace &&
	       syscall(SYS_capget, &header, have) == 0 && (have[0].effective & CAP(capability));
}
