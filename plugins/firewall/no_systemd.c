/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libdbus gets in a static program when it asks libsystemd, as servers do, which sockets it
 * inherited: none. The linker leads these calls here (see NO_NAMES in the Makefile).
 */
#include <errno.h>

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker chooses the names */
int __wrap_sd_listen_fds(int unset_environment);
int __wrap_sd_is_socket(int fd, int family, int type, int listening);

int __wrap_sd_listen_fds(int unset_environment)
{
	(void)unset_environment;
	return 0;
}

int __wrap_sd_is_socket(int fd, int family, int type, int listening)
{
	(void)fd;
	(void)family;
	(void)type;
	(void)listening;
	return -ENOSYS;
}
/* NOLINTEND(bugprone-reserved-identifier) */
