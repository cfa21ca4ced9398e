/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One lease that the daemon looks after, or is about to get. */
#pragma once

#include "dhcp/client.h"
#include "events.h"
#include "spot.h"
#include "types/result.h"

struct caller;

struct holding {
	char *owner;  /* network/container/interface; owned */
	char *ifname; /* CNI_IFNAME of ADD: for messages; owned */
	char *token;  /* of the ADD that asked last; owned; NULL: it said none */
	struct spot spot;
	struct dhcp_client client;
	int priority; /* metric of its routes */
	int link_mtu; /* of the interface in ADD; 0: unknown */
	/*
	 * The interface has what one lease gives, at most: the next one's comes when that is off.
	 * So one of these says what may be there.
	 */
	bool is_settled;     /* what the lease gives */
	struct result left;  /* what another one gave; no address: nothing */
	int64_t owed_at;     /* when a change of it that failed is tried again; INT64_MAX */
	unsigned owed_tries; /* of that */
	bool is_told;	     /* that something is wrong; once is enough */
	uint8_t server_mac[MAC_SIZE];
	bool has_server_mac; /* from whom the lease came last */
	struct event socket; /* for one exchange */
	struct event arp;    /* while its address is checked */
	uint8_t taken[4];    /* the address that another had last, when client.conflicts */
	uint8_t taken_mac[MAC_SIZE];
	int64_t bound_at;	  /* when the last exchange was over */
	int64_t shut_at;	  /* when the socket is closed whatever comes; INT64_MAX */
	unsigned packets;	  /* that came in this exchange */
	struct caller *asker;	  /* ADD waits for the lease; NULL: nobody */
	int64_t give_up;	  /* when it has waited long enough; INT64_MAX */
	unsigned without_carrier; /* how often the interface had none */
	size_t place;		  /* in the heap of holdings.c */
	int64_t due;		  /* what it is sorted by there */
};

/* Takes the owner and the name; everything else is zero or closed. */
struct holding *holding_make(const char *owner, const char *ifname) must_check;

/* Closes what is open and frees it; it is in no list any more. */
void holding_free(struct holding *holding);

/* Nothing of another lease is on the interface any more. */
void holding_forget_left(struct holding *holding);

/* True when the ADD of `token` was the last to ask for it; NULL: whichever was. */
bool holding_is_of(const struct holding *holding, const char *token);

/* What the lease gives, or an error when the server left out what is needed. */
int holding_result(const struct holding *holding, struct result *ret,
		   struct cni_error *err) must_check;
