/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows when a client says something, how often, and which answers count. */
#include "dhcp/client.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sha512.h"
#include "dhcp/client_say.h"

enum {
	SECOND = 1000,
	/* The port behind a new interface may not forward yet, and 4 s would be long. */
	FIRST_PAUSE = SECOND / 2,
	PAUSE = 4 * SECOND,	   /* RFC 2131, section 4.1 */
	REQUEST_TRIES = 3,	   /* then another server may do better */
	REBOOT_TRIES = 2,	   /* a server that does not know us says nothing */
	RETRY_LEAST = 60 * SECOND, /* RFC 2131, section 4.4.5 */
	/* RFC 5227 takes 4 to 7 s, for networks whose switches take seconds; a container waits. */
	PROBES = 3,
	PROBE_PAUSE = 170,
	CONFLICT_PAUSE = 10 * SECOND, /* RFC 2131, section 3.1 (5) */
};

const char *dhcp_state_name(enum dhcp_state state)
{
	static const char *const names[] = {
		[DHCP_INIT] = "init",
		[DHCP_SELECTING] = "selecting",
		[DHCP_REQUESTING] = "requesting",
		[DHCP_REBOOTING] = "rebooting",
		[DHCP_CHECKING] = "checking",
		[DHCP_BOUND] = "bound",
		[DHCP_RENEWING] = "renewing",
		[DHCP_REBINDING] = "rebinding",
	};

	return names[state];
}

/* What was seen of others tells nothing about the next one. */
static uint32_t roll(struct dhcp_client *c)
{
	uint8_t bytes[DHCP_SEED_SIZE + sizeof(c->rolls)], digest[SHA512_SIZE];
	uint32_t number;

	c->rolls++;
	memcpy(bytes, c->seed, DHCP_SEED_SIZE);
	memcpy(bytes + DHCP_SEED_SIZE, &c->rolls, sizeof(c->rolls));
	sha512(bytes, sizeof(bytes), digest);
	memcpy(&number, digest, sizeof(number));
	return number;
}

uint32_t dhcp_client_spread(struct dhcp_client *c, uint32_t limit)
{
	return roll(c) % limit;
}

static void begin(struct dhcp_client *c, enum dhcp_state state)
{
	c->state = state;
	c->xid = roll(c);
	c->tries = 0;
}

/* 0.5, 4, 8, 16, … s, a quarter of it but at most 1 s more or less. */
static int64_t pause_after(struct dhcp_client *c, unsigned tries, bool is_hasty)
{
	const int64_t most = c->wishes.longest_pause;
	int64_t pause = c->wishes.pause, spread;

	if (is_hasty && tries == 0)
		pause = FIRST_PAUSE;
	for (unsigned i = is_hasty ? 1 : 0; i < tries && pause < most; i++)
		pause *= 2;
	if (pause > most)
		pause = most;
	spread = pause / 4 < SECOND ? pause / 4 : SECOND;
	return pause - spread + dhcp_client_spread(c, (uint32_t)(2 * spread + 1));
}

/* Half of what is left, at least a minute; of short leases an eighth. */
static int64_t next_retry(const struct dhcp_client *c, int64_t now, int64_t end)
{
	const int64_t eighth = (c->expiry - c->since) / 8;
	const int64_t least = eighth < RETRY_LEAST ? eighth : RETRY_LEAST;
	int64_t pause = (end - now) / 2;

	if (pause < least)
		pause = least;
	return now + pause < end ? now + pause : end;
}

static void discover(struct dhcp_client *c, int64_t now, struct dhcp_output *out)
{
	say_discover(c, now, out);
	c->deadline = now + pause_after(c, c->tries++, true);
}

static void request(struct dhcp_client *c, int64_t now, struct dhcp_output *out)
{
	if (c->tries == 0)
		c->asked = now;
	say_request(c, now, out);
	c->deadline = now + pause_after(c, c->tries++, false);
}

static void restart(struct dhcp_client *c, int64_t now)
{
	c->state = DHCP_INIT;
	c->deadline = now;
	c->has_address = false;
	c->began = now;
	c->heard = 0;
}

void dhcp_client_start(struct dhcp_client *c, int64_t now, const uint8_t seed[DHCP_SEED_SIZE])
{
	memcpy(c->seed, seed, DHCP_SEED_SIZE);
	restart(c, now);
}

/* 0.5 s in all: one frame may be lost on its way. */
static void probe(struct dhcp_client *c, int64_t now, struct dhcp_output *out)
{
	*out = (struct dhcp_output){ .is_due = true, .is_probe = true };
	c->tries++;
	c->deadline = now + PROBE_PAUSE;
}

/* T1 is up to a tenth earlier, so that leases of one moment are not renewed in one moment. */
static void keep_times(struct dhcp_client *c, int64_t since)
{
	const struct dhcp_terms *terms = &c->terms;

	c->since = since;
	c->deadline = c->t1 = c->t2 = c->expiry = INT64_MAX;
	if (terms->lease == UINT32_MAX)
		return;
	c->t1 = since + (int64_t)terms->t1 * SECOND -
		dhcp_client_spread(c, terms->t1 < UINT32_MAX / SECOND ? terms->t1 * SECOND / 10 + 1
								      : UINT32_MAX);
	c->t2 = since + (int64_t)terms->t2 * SECOND;
	c->expiry = since + (int64_t)terms->lease * SECOND;
	c->deadline = c->t1;
}

/* Up to the end of its options. */
static void keep_ack(struct dhcp_client *c, const uint8_t *bytes, const struct dhcp_reply *reply)
{
	const struct dhcp_area *options = &reply->areas[0];

	free(c->ack);
	c->ack_size = (size_t)(options->bytes + options->size - bytes);
	c->ack = xmalloc(c->ack_size);
	memcpy(c->ack, bytes, c->ack_size);
}

static void grant(struct dhcp_client *c, const struct dhcp_terms *terms, const uint8_t *ack,
		  const struct dhcp_reply *reply, int64_t since)
{
	const struct dhcp_terms before = c->terms;

	c->terms = *terms;
	if (!terms->has_server) {
		c->terms.has_server = before.has_server;
		memcpy(c->terms.server, before.server, sizeof(before.server));
	}
	keep_ack(c, ack, reply);
	keep_times(c, since);
}

static void use(struct dhcp_client *c)
{
	c->state = DHCP_BOUND;
	c->has_address = true;
	c->heard = c->conflicts = 0;
	c->deadline = c->t1;
}

int dhcp_client_resume(struct dhcp_client *c, const uint8_t *ack, size_t ack_size, int64_t since,
		       int64_t now, const uint8_t seed[DHCP_SEED_SIZE], enum dhcp_news *ret)
{
	struct dhcp_reply reply;
	struct dhcp_terms terms;

	if (dhcp_reply_parse(ack, ack_size, &reply) < 0 || reply.type != DHCP_ACK ||
	    dhcp_terms_read(&reply, &terms) < 0)
		return -EBADMSG;
	memcpy(c->seed, seed, DHCP_SEED_SIZE);
	c->began = now;
	grant(c, &terms, ack, &reply, since);
	use(c);
	*ret = DHCP_NO_NEWS;
	if (now < c->expiry)
		return 0;
	c->has_address = false;
	begin(c, DHCP_REBOOTING);
	c->deadline = now;
	*ret = DHCP_NEWS_LOST;
	return 0;
}

/* Half-way through, T1, T2 or the end has come. */
static enum dhcp_news step_lease(struct dhcp_client *c, int64_t now, struct dhcp_output *out)
{
	if (now >= c->expiry) {
		restart(c, now);
		return DHCP_NEWS_LOST;
	}
	if (c->state == DHCP_BOUND)
		c->began = now;
	if (now >= c->t2 && c->state != DHCP_REBINDING)
		begin(c, DHCP_REBINDING);
	else if (c->state == DHCP_BOUND)
		begin(c, DHCP_RENEWING);
	request(c, now, out);
	c->deadline = next_retry(c, now, c->state == DHCP_RENEWING ? c->t2 : c->expiry);
	return DHCP_NO_NEWS;
}

static enum dhcp_news step_check(struct dhcp_client *c, int64_t now, struct dhcp_output *out)
{
	if (c->tries < PROBES) {
		probe(c, now, out);
		return DHCP_NO_NEWS;
	}
	use(c);
	return DHCP_NEWS_BOUND;
}

static void step_request(struct dhcp_client *c, int64_t now, struct dhcp_output *out)
{
	const unsigned most = c->state == DHCP_REQUESTING ? REQUEST_TRIES : REBOOT_TRIES;

	if (c->tries < most) {
		request(c, now, out);
		return;
	}
	begin(c, DHCP_SELECTING);
	discover(c, now, out);
}

enum dhcp_news dhcp_client_step(struct dhcp_client *c, int64_t now, struct dhcp_output *out)
{
	*out = (struct dhcp_output){ .is_due = false };
	if (now < c->deadline)
		return DHCP_NO_NEWS;
	switch (c->state) {
	case DHCP_INIT:
		begin(c, DHCP_SELECTING);
		discover(c, now, out);
		return DHCP_NO_NEWS;
	case DHCP_SELECTING:
		discover(c, now, out);
		return DHCP_NO_NEWS;
	case DHCP_REQUESTING:
	case DHCP_REBOOTING:
		step_request(c, now, out);
		return DHCP_NO_NEWS;
	case DHCP_CHECKING:
		return step_check(c, now, out);
	default:
		return step_lease(c, now, out);
	}
}

/* RFC 6842: a server that echoes the client's identifier echoes ours, or means another. */
static bool is_for_us(const struct dhcp_client *c, const struct dhcp_reply *reply)
{
	uint8_t id[DHCP_VALUE_MOST];
	int size;

	if (reply->xid != c->xid || memcmp(reply->mac, c->wishes.mac, DHCP_MAC_SIZE) != 0)
		return false;
	size = dhcp_reply_get(reply, DHCP_OPTION_CLIENT_ID, id);
	return size <= 0 || ((size_t)size == c->wishes.client_id_size &&
			     memcmp(id, c->wishes.client_id, (size_t)size) == 0);
}

/*
 * In REQUESTING only the server that was chosen has a say. Nobody else may take away what it gave
 * while it alone is asked; anybody may prolong it.
 */
static bool is_of_chosen(const struct dhcp_client *c, const struct dhcp_reply *reply)
{
	uint8_t server[4];

	if (c->state != DHCP_REQUESTING && (c->state != DHCP_RENEWING || reply->type != DHCP_NAK))
		return true;
	return !c->terms.has_server ||
	       !dhcp_reply_get_exactly(reply, DHCP_OPTION_SERVER, server, sizeof(server)) ||
	       memcmp(server, c->terms.server, sizeof(server)) == 0;
}

static enum dhcp_news refuse(struct dhcp_client *c, int64_t now)
{
	const bool had_address = c->has_address;

	/* A server that refuses at once what it offered is not asked without end. */
	const int64_t pause = c->state == DHCP_REQUESTING ? pause_after(c, 0, false) : 0;

	restart(c, now);
	c->heard = 1;
	c->deadline = now + pause;
	memset(&c->terms, 0, sizeof(c->terms));
	return had_address ? DHCP_NEWS_LOST : DHCP_NO_NEWS;
}

/* What is in use already is ours, or somebody would have complained. */
static enum dhcp_news accept_grant(struct dhcp_client *c, int64_t now, struct dhcp_output *out)
{
	if (!c->wishes.checks || c->has_address) {
		use(c);
		return DHCP_NEWS_BOUND;
	}
	c->state = DHCP_CHECKING;
	c->tries = 0;
	probe(c, now, out);
	return DHCP_NO_NEWS;
}

enum dhcp_news dhcp_client_receive(struct dhcp_client *c, int64_t now, const uint8_t *bytes,
				   size_t size, struct dhcp_output *out)
{
	struct dhcp_reply reply;
	struct dhcp_terms terms;

	*out = (struct dhcp_output){ .is_due = false };
	if (!dhcp_client_is_waiting(c) || c->state == DHCP_CHECKING ||
	    dhcp_reply_parse(bytes, size, &reply) < 0 || !is_for_us(c, &reply))
		return DHCP_NO_NEWS;
	c->heard += c->heard < UINT16_MAX;
	if ((reply.type == DHCP_OFFER) != (c->state == DHCP_SELECTING) || !is_of_chosen(c, &reply))
		return DHCP_NO_NEWS;
	if (reply.type == DHCP_NAK)
		return refuse(c, now);
	if (dhcp_terms_read(&reply, &terms) < 0)
		return DHCP_NO_NEWS;
	if (reply.type == DHCP_ACK) {
		if (c->asked + (int64_t)terms.lease * SECOND <= now)
			return DHCP_NO_NEWS; /* it came too late to be of use */
		grant(c, &terms, bytes, &reply, c->asked);
		return accept_grant(c, now, out);
	}
	c->terms = terms;
	c->state = DHCP_REQUESTING; /* the REQUEST has the xid of the offer */
	c->tries = 0;
	request(c, now, out);
	return DHCP_NO_NEWS;
}

/*
 * The pause keeps a server with wrong ideas and a client from a loop without end; the first
 * conflict is no loop.
 */
void dhcp_client_decline(struct dhcp_client *c, int64_t now, struct dhcp_output *out)
{
	const unsigned heard = c->heard;

	*out = (struct dhcp_output){ .is_due = false };
	if (c->state != DHCP_CHECKING)
		return;
	c->xid = roll(c);
	say_decline(c, now, out);
	restart(c, now);
	c->heard = heard;
	c->deadline = now + (c->conflicts++ ? CONFLICT_PAUSE : 0);
	memset(&c->terms, 0, sizeof(c->terms));
	free(steal(&c->ack));
	c->ack_size = 0;
}

bool dhcp_client_may_hold(const struct dhcp_client *c)
{
	return c->has_address || c->state == DHCP_REQUESTING || c->state == DHCP_REBOOTING ||
	       c->state == DHCP_CHECKING;
}

void dhcp_client_release(struct dhcp_client *c, struct dhcp_output *out)
{
	*out = (struct dhcp_output){ .is_due = false };
	if (dhcp_client_may_hold(c) && c->terms.has_server) {
		c->xid = roll(c);
		say_release(c, out);
	}
	c->state = DHCP_INIT;
	c->deadline = INT64_MAX;
	c->has_address = false;
}

void dhcp_client_free(struct dhcp_client *c)
{
	free(c->ack);
	free(c->wishes.client_id);
	free(c->wishes.options);
}
