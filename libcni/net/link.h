/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network interfaces: what the kernel says of one, and small changes to it. Links are indexes once
 * they are known.
 */
#pragma once

/*
 * The C library before the kernel, which then leaves its names alone; net/if.h has a struct ifaddr.
 */
#include <netinet/in.h>

#include <linux/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "net/netlink.h"

enum { MAC_SIZE = 6, MAC_TEXT = 18, LINK_ALIAS = 256, LINK_PARENT = 64 };

/* One link as the kernel describes it. */
struct link {
	int index;
	char name[IFNAMSIZ];
	char kind[16];	    /* "veth", "bridge", …; "" for hardware and lo */
	char port_kind[16]; /* what it is a port of: "bridge"; "" when none */
	char alias[LINK_ALIAS];
	char parent[LINK_PARENT]; /* the hardware behind it: "0000:01:00.0"; "": none. Linux 5.14 */
	uint8_t mac[MAC_SIZE];
	bool has_mac;	/* false when its address is not 6 bytes long */
	uint32_t flags; /* IFF_* */
	uint32_t promiscuity;
	int mtu;	   /* bytes */
	int queue;	   /* its transmit queue, packets */
	uint8_t operstate; /* IF_OPER_* */
	int accept_ra;	   /* IPv6's setting; 0 also where it has no IPv6 */
	int master;	   /* index of the bridge it is a port of, 0: none */
	int peer; /* IFLA_LINK: for a veth the other end's index in its namespace, 0: none */
	bool peer_is_elsewhere;	 /* not in the namespace that was asked */
	int peer_netns;		 /* its number there, when elsewhere */
	bool has_vlan_filtering; /* a bridge of a kernel that can filter VLANs */
	bool vlan_filtering;
	bool hairpin, isolated;	 /* as a bridge port */
	bool ipv6_is_off;	 /* disable_ipv6 is set */
	uint16_t group_fwd_mask; /* the same: a bit for each reserved address that it forwards */
};

/*
 * A port that forwards what is sent to 01:80:c2:00:00:00 to 0f shows it to the bridge's hooks like
 * any other frame. The kernel never forwards pause frames (01), and drops them.
 */
enum { LINK_FORWARDS_RESERVED = 0xfffd };

/*
 * By name (alternative names work too where longer than 15 bytes) or by index; -ENODEV when there
 * is none.
 */
int link_get(struct netlink *nl, const char *name, struct link *ret) must_check;
int link_get_index(struct netlink *nl, int index, struct link *ret) must_check;

/*
 * Calls fn for every link of the namespace; its first non-zero return value ends the walk and is
 * returned. Only for GC, CHECK and STATUS: the cost grows with the number of links.
 */
typedef int link_fn(const struct link *link, void *data);
int link_each(struct netlink *nl, link_fn *fn, void *data) must_check;

/* The same for batches: `data` of link_take() is the struct link that is filled. */
struct nl_msg *link_get_request(const char *name) must_check;
int link_take(const struct nlmsghdr *answer, void *data);

/*
 * The one way in which a link goes. Its index alone proves nothing, so it is looked at once more:
 * name, kind and mark (the alias, or the MAC while one of the two has none) must be those of
 * `known`. 0 also when it is gone already, or when the index is another's by now.
 */
int link_delete(struct netlink *nl, const struct link *known) must_check;

int link_set_up(struct netlink *nl, int index) must_check;
int link_set_down(struct netlink *nl, int index) must_check;
int link_set_master(struct netlink *nl, int index, int master) must_check; /* 0: none */
int link_set_mac(struct netlink *nl, int index, const uint8_t mac[MAC_SIZE]) must_check;

/* Several changes of one link in one request; what is zero or NULL stays as it is. */
struct link_change {
	uint32_t on, off;   /* IFF_* */
	const uint8_t *mac; /* MAC_SIZE bytes */
	const char *alias;  /* at most 255 bytes */
	int mtu;	    /* bytes */
	int master;	    /* index of the bridge it becomes a port of */
	const int *queue;   /* packets */
	bool announces;	    /* its IPv4 addresses when it comes up or is given a MAC */
};

int link_apply(struct netlink *nl, int index, const struct link_change *change) must_check;

/* For batches, and for callers that add attributes of their own. */
struct nl_msg *link_change_request(int index, const struct link_change *change) must_check;

/* A request that sets the link up, for batches. */
struct nl_msg *link_up_request(int index) must_check;

/* Reads an RTM_NEWLINK message; -EBADMSG when it is none. */
int link_parse(const struct nlmsghdr *answer, struct link *ret) must_check;

/*
 * Waits until the operational state is UP: 0, -ETIMEDOUT with *ret_state the state at the end,
 * -EINTR after SIGTERM, other -errno. Needs no sleeps: the kernel's notifications wake it.
 */
int link_wait_up(struct netlink *nl, int index, int timeout_ms, uint8_t *ret_state) must_check;

/* "up", "down", "lowerlayerdown", …: RFC 2863 names as ip(8) prints them. */
const char *operstate_name(uint8_t state);

/* aa:bb:cc:dd:ee:ff */
const char *mac_print(const uint8_t mac[MAC_SIZE], char buffer[MAC_TEXT]);

/*
 * Six bytes written with ':' or '-' or as three dotted groups, as Go's net.ParseMAC reads them;
 * -EINVAL otherwise (8 and 20 byte addresses are no Ethernet addresses and are refused), also for
 * multicast and all-zero ones.
 */
int mac_parse(const char *text, uint8_t ret[MAC_SIZE]) must_check;
