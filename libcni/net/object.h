/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libnl-route's objects need of us: addresses in its form, and requests that the kernel
 * answers. Neither is ever NULL.
 */
#pragma once

#include <netlink/addr.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "net/netlink.h"
#include "types/addr.h"

struct rtnl_link;

/* An address, or a network when `len` is below the number of its bits. */
struct nl_addr *object_addr(const struct addr *addr, unsigned len) must_check;

void object_drop_addr(struct nl_addr **addr);

#define cleanup_nl_addr cleanup_with(object_drop_addr)

/* A link that nothing is known of but its index; 0: it has none yet. */
struct rtnl_link *object_link(int index) must_check;

void object_drop_link(struct rtnl_link **link);

#define cleanup_object cleanup_with(object_drop_link)

void object_set_mac(struct rtnl_link *link, const uint8_t *mac); /* MAC_SIZE bytes */

/*
 * The message of a rtnl_*_build_*_request() that returned `r`. Some of these leave NLM_F_REQUEST
 * out, and the kernel acknowledges such a message and does nothing.
 */
struct nl_msg *object_request(int r, struct nl_msg *msg) must_check;

/* Calls fn with the object that an answer tells of; -EBADMSG when it tells of none. */
int object_parse(const struct nlmsghdr *answer, void (*fn)(struct nl_object *object, void *data),
		 void *data) must_check;
