/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libnl gets in a static program when it asks the C library for names of hosts and protocols:
 * there are none. The linker leads these three calls here (see NO_NAMES in the Makefile). The C
 * library's own functions would load shared libraries of the machine, whichever version of them it
 * has. Addresses and protocols by number need none of it.
 */
#include <netdb.h>
#include <stddef.h>

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker chooses the names */
int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		       struct addrinfo **ret);
struct protoent *__wrap_getprotobyname(const char *name);
struct protoent *__wrap_getprotobynumber(int number);

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
/* NOLINTEND(bugprone-reserved-identifier) */
