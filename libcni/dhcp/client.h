/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client of RFC 2131 as a machine: packets and the time go in, packets and the time of the next
 * step come out. It sends nothing and asks no clock, so that tests can. Times are milliseconds of
 *one clock that goes on while the machine sleeps.
 *
 *	INIT ── DISCOVER ──> SELECTING ── OFFER ──> REQUESTING ── ACK ──> BOUND
 *	BOUND ── T1 ──> RENEWING ── T2 ──> REBINDING ── lease over ──> INIT
 *	a lease from before that is over: REBOOTING; a NAK: INIT
 *	where addresses are checked: ACK ──> CHECKING ── nobody has it ──> BOUND; DECLINE ──> INIT
 */
#pragma once

#include "dhcp/message.h"
#include "dhcp/terms.h"

enum { DHCP_SEED_SIZE = 16 };

enum dhcp_state {
	DHCP_INIT,
	DHCP_SELECTING,
	DHCP_REQUESTING,
	DHCP_REBOOTING,
	DHCP_CHECKING,
	DHCP_BOUND,
	DHCP_RENEWING,
	DHCP_REBINDING,
};

/* Who asks, and for what. */
struct dhcp_wishes {
	uint8_t mac[DHCP_MAC_SIZE];
	bool broadcast;	    /* servers are to answer by broadcast */
	bool checks;	    /* an address is used when nobody answers for it */
	uint8_t *client_id; /* option 61; owned */
	size_t client_id_size;
	uint8_t *options; /* of DISCOVER and REQUEST, as they stand in a message; owned */
	size_t options_size;
	/* Milliseconds until a packet that nobody answers is sent again, at first and at most. */
	int pause, longest_pause;
};

struct dhcp_client {
	struct dhcp_wishes wishes;
	enum dhcp_state state;
	int64_t deadline;	/* of the next step; INT64_MAX: none */
	int64_t since;		/* when the REQUEST was sent that the lease counts from */
	int64_t t1, t2, expiry; /* INT64_MAX: never */
	int64_t began;		/* this acquisition */
	int64_t asked;		/* the first REQUEST of this exchange */
	uint32_t xid;
	uint8_t seed[DHCP_SEED_SIZE];
	uint32_t rolls; /* numbers drawn from it */
	unsigned tries;
	unsigned conflicts;	 /* addresses that others had, since the last that could be used */
	unsigned heard;		 /* replies of servers since `began`, of use or not */
	bool has_address;	 /* the address may be used: BOUND, RENEWING, REBINDING */
	struct dhcp_terms terms; /* of the lease, or what is offered or wanted */
	uint8_t *ack;		 /* the message that granted the lease; owned; NULL: none yet */
	size_t ack_size;
};

/* What is to be sent. */
struct dhcp_output {
	bool is_due;
	bool is_unicast; /* from the address to the server that granted it */
	bool is_probe;	 /* no message: an ARP probe (RFC 5227) for the address of the terms */
	struct dhcp_message message;
};

enum dhcp_news {
	DHCP_NO_NEWS,
	DHCP_NEWS_BOUND, /* the lease in `ack` begins, or goes on; its terms may be others */
	DHCP_NEWS_LOST,	 /* the address must not be used any more */
};

/*
 * A new client in INIT, whose first step is due at `now`. `seed` is secret: whoever knows the
 * number of an exchange can answer in it, and those of broadcasts are heard by everybody.
 */
void dhcp_client_start(struct dhcp_client *client, int64_t now, const uint8_t seed[DHCP_SEED_SIZE]);

/*
 * Takes up a lease that began at `since` with the message `ack`: LOST when it is over, -EBADMSG
 * when that message grants none.
 */
int dhcp_client_resume(struct dhcp_client *client, const uint8_t *ack, size_t ack_size,
		       int64_t since, int64_t now, const uint8_t seed[DHCP_SEED_SIZE],
		       enum dhcp_news *ret) must_check;

/* The step that is due at `now`, or nothing. */
enum dhcp_news dhcp_client_step(struct dhcp_client *client, int64_t now, struct dhcp_output *out);

/* A message came. What does not fit is passed over. */
enum dhcp_news dhcp_client_receive(struct dhcp_client *client, int64_t now, const uint8_t *bytes,
				   size_t size, struct dhcp_output *out);

/* Somebody else has the address that is checked: the server is told, and another one is looked for.
 */
void dhcp_client_decline(struct dhcp_client *client, int64_t now, struct dhcp_output *out);

/*
 * True when a server may have given out the address of the terms: it is in use, or a REQUEST was
 * sent that nobody refused.
 */
bool dhcp_client_may_hold(const struct dhcp_client *client);

/* Gives the lease back: there is something to send if a server may have granted it. Ends in INIT.
 */
void dhcp_client_release(struct dhcp_client *client, struct dhcp_output *out);

/* True while an answer is awaited. */
static inline bool dhcp_client_is_waiting(const struct dhcp_client *client)
{
	return client->state != DHCP_BOUND && client->state != DHCP_INIT;
}

/* "selecting", "bound", …: for messages. */
const char *dhcp_state_name(enum dhcp_state state);

/* A number below `limit` (not 0), for spreading. */
uint32_t dhcp_client_spread(struct dhcp_client *client, uint32_t limit);

void dhcp_client_free(struct dhcp_client *client);
