/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a server offers or grants. Pure. */
#pragma once

#include "dhcp/message.h"
#include "types/result.h"

/* Of an OFFER or an ACK. */
struct dhcp_terms {
	uint8_t address[4], server[4];
	bool has_server; /* option 54 */
	/* Seconds; UINT32_MAX is for ever. 0 < t1 < t2 < lease otherwise. */
	uint32_t lease, t1, t2;
};

enum {
	DHCP_LEASE_LEAST = 4,	   /* seconds; what is shorter would be renewed without a pause */
	DHCP_MTU_LEAST = 576,	   /* every host takes packets of that size (RFC 791) */
	DHCP_LEASE_DEFAULT = 3600, /* where the server says nothing, as in the reference */
};

/*
 * -EBADMSG when the address is no host's, or the lease is shorter than DHCP_LEASE_LEAST. Times that
 * do not fit each other are replaced by those of RFC 2131, section 4.4.5.
 */
int dhcp_terms_read(const struct dhcp_reply *reply, struct dhcp_terms *ret) must_check;

/*
 * The same as a result: address, gateway, routes of option 121, or of 33 and 3, all with this
 * metric, nameservers, domain and search list. Option 26 is the MTU of the routes where it is below
 * `link_mtu`, that of the interface (0: it is not known, and the routes have none). Code 999 `DHCP
 * option Subnet Mask not found in DHCPACK` when the server gave none. Names with characters that no
 * domain has are left out: they would become lines of a resolv.conf.
 */
int dhcp_terms_result(const struct dhcp_reply *reply, int priority, int link_mtu,
		      struct result *ret, struct cni_error *err) must_check;
