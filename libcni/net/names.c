/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libnl and libdbus get in a static program when they ask the C library for names of hosts,
 * protocols and users: there are none. The linker leads these calls here (see NO_NAMES in the
 * Makefile). The C library's own functions would load shared libraries of the machine, whichever
 * version of them it has. Addresses, protocols and users by number need none of it.
 */
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stddef.h>

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker chooses the names */
int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		       struct addrinfo **ret);
struct protoent *__wrap_getprotobyname(const char *name);
struct protoent *__wrap_getprotobynumber(int number);
int __wrap_getpwnam_r(const char *name, struct passwd *room, char *buffer, size_t size,
		      struct passwd **ret);
int __wrap_getpwuid_r(uid_t uid, struct passwd *room, char *buffer, size_t size,
		      struct passwd **ret);
int __wrap_getgrouplist(const char *user, gid_t group, gid_t *groups, int *count);

int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		       struct addrinfo **ret)
{
	(void)node;
	(void)service;
	(void)hints;
	(void)ret;
	return EAI_FAIL;
}

struct protoent *__wrap_getprotobyname(const char *name)
{
	(void)name;
	return NULL;
}

struct protoent *__wrap_getprotobynumber(int number)
{
	(void)number;
	return NULL;
}
int __wrap_getpwnam_r(const char *name, struct passwd *room, char *buffer, size_t size,
		      struct passwd **ret)
{
	(void)name;
	(void)room;
	(void)buffer;
	(void)size;
	*ret = NULL;
	return 0;
}

int __wrap_getpwuid_r(uid_t uid, struct passwd *room, char *buffer, size_t size,
		      struct passwd **ret)
{
	(void)uid;
	(void)room;
	(void)buffer;
	(void)size;
	*ret = NULL;
	return 0;
}

int __wrap_getgrouplist(const char *user, gid_t group, gid_t *groups, int *count)
{
	(void)user;
	(void)group;
	(void)groups;
	*count = 0;
	return 0;
}
/* NOLINTEND(bugprone-reserved-identifier) */
