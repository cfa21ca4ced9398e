/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses on links. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "net/netlink.h"
#include "types/addr.h"

struct ifaddr {
	int link;
	struct prefix address; /* IFA_LOCAL, or IFA_ADDRESS where there is no peer */
	uint32_t flags;	       /* IFA_F_* */
	uint8_t scope;	       /* RT_SCOPE_* */
};

struct ifaddrs {
	struct ifaddr *items;
	size_t count;
};

#define cleanup_ifaddrs cleanup_with(ifaddrs_release)

/* The addresses of one link (0: of all links); of one family, or of both for AF_UNSPEC. */
int ifaddr_list(struct netlink *nl, int link, int family, struct ifaddrs *ret) must_check;
bool ifaddrs_contain(const struct ifaddrs *list, const struct prefix *address);
void ifaddrs_release(struct ifaddrs *list);

struct ifaddr_spec {
	int link;
	struct prefix address;
	bool no_dad;	      /* IFA_F_NODAD: nobody else can have it */
	bool no_prefix_route; /* IFA_F_NOPREFIXROUTE */
};

/*
 * IPv4 networks shorter than /31 get their broadcast address. Fails with EEXIST when the link has
 * it.
 */
struct nl_msg *ifaddr_add_request(const struct ifaddr_spec *spec) must_check;
struct nl_msg *ifaddr_delete_request(int link, const struct prefix *address) must_check;

/*
 * Waits until no IPv6 address of the link is tentative: 0, -EADDRINUSE when duplicate address
 * detection found another owner, -ETIMEDOUT, -EINTR after SIGTERM. Woken by the kernel's
 * notifications.
 */
int ifaddr_wait_dad(struct netlink *nl, int link, int timeout_ms) must_check;
