/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How capabilities are given up. */
#include "base/privileges.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

/* The first user namespace always has this number (PROC_USER_INIT_INO). */
static const ino_t first_user_namespace = 0xeffffffd;

const struct privileges privileges_attaching = {
	PRIVILEGES_REACH | PRIVILEGE(CAP_NET_ADMIN) |
		PRIVILEGE(CAP_NET_RAW) | /* the announcement of addresses */
		PRIVILEGE(CAP_FOWNER),	 /* times of files of another user */
};

/* Linux before 5.11, and some filters of system calls, refuse to do it in one go. */
static void close_others_on_exec(void)
{
	const struct dirent *entry;
	DIR *descriptors;

	if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	descriptors = opendir("/proc/self/fd");
	while (descriptors && (entry = readdir(descriptors))) {
		const int fd = (int)strtol(entry->d_name, NULL, 10);

		if (fd > STDERR_FILENO)
			ignore(fcntl(fd, F_SETFD, FD_CLOEXEC));
	}
	if (descriptors)
		(void)closedir(descriptors);
}

void privileges_drop(const struct privileges *privileges, bool delegates)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct have[_LINUX_CAPABILITY_U32S_3] = { 0 };

	close_others_on_exec();
	if (!delegates)
		ignore(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	/*
	 * A user who is not root was given capabilities on purpose, and would not get them back for
	 * the delegate.
	 */
	if (geteuid() != 0 || syscall(SYS_capget, &header, have) < 0)
		return;
	have[0].effective &= privileges->kept;
	have[0].permitted &= privileges->kept;
	have[1].effective = have[1].permitted = 0;
	ignore((int)syscall(SYS_capset, &header, have));
}

bool privileges_are_full(int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct have[_LINUX_CAPABILITY_U32S_3] = { 0 };
	struct stat st;

	return stat("/proc/self/ns/user", &st) == 0 && st.st_ino == first_user_namespace &&
	       syscall(SYS_capget, &header, have) == 0 &&
	       (have[0].effective & PRIVILEGE(capability));
}
