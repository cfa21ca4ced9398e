/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client, a server that says what the test wants, and a clock that only the test moves. */
#pragma once

#include "base/alloc.h"
#include "dhcp/client.h"
#include "dhcp_server.h"

enum { SECOND = 1000 };

static const uint8_t test_seed[DHCP_SEED_SIZE] = "any will do";

struct world {
	struct dhcp_client client;
	struct dhcp_output out;
	int64_t now;
};

static inline int make_world(void **state)
{
	static const uint8_t id[] = "\0c1/net/eth0";
	struct world *w = xcalloc(1, sizeof(*w));

	memcpy(w->client.wishes.mac, test_mac, sizeof(test_mac));
	w->client.wishes.client_id = xmalloc(sizeof(id) - 1);
	memcpy(w->client.wishes.client_id, id, sizeof(id) - 1);
	w->client.wishes.client_id_size = sizeof(id) - 1;
	w->client.wishes.pause = 4 * SECOND; /* RFC 2131, section 4.1 */
	w->client.wishes.longest_pause = 64 * SECOND;
	w->now = 1000 * SECOND;
	dhcp_client_start(&w->client, w->now, test_seed);
	*state = w;
	return 0;
}

static inline int drop_world(void **state)
{
	struct world *w = *state;

	dhcp_client_free(&w->client);
	free(w);
	return 0;
}

/* Goes on to the next step, however far it is; its news. */
static inline enum dhcp_news step(struct world *w)
{
	assert_true(w->client.deadline < INT64_MAX);
	if (w->client.deadline > w->now)
		w->now = w->client.deadline;
	return dhcp_client_step(&w->client, w->now, &w->out);
}

static inline enum dhcp_news hear(struct world *w, const struct server_reply *reply)
{
	return dhcp_client_receive(&w->client, w->now, reply->bytes, reply->size, &w->out);
}

static inline struct server_reply answer(struct world *w, enum dhcp_type type, const char *address,
					 uint32_t lease)
{
	struct server_reply reply = reply_of(type, w->client.xid, address);

	reply_addr(&reply, DHCP_OPTION_SERVER, "10.0.0.1");
	reply_addr(&reply, DHCP_OPTION_MASK, "255.255.255.0");
	reply_u32(&reply, DHCP_OPTION_LEASE_TIME, lease);
	return reply;
}

static inline enum dhcp_news offer(struct world *w, const char *address)
{
	const struct server_reply reply = answer(w, DHCP_OFFER, address, 600);

	return hear(w, &reply);
}

static inline enum dhcp_news ack(struct world *w, const char *address, uint32_t lease)
{
	const struct server_reply reply = answer(w, DHCP_ACK, address, lease);

	return hear(w, &reply);
}

static inline enum dhcp_news nak(struct world *w)
{
	struct server_reply reply = reply_of(DHCP_NAK, w->client.xid, "0.0.0.0");

	reply_addr(&reply, DHCP_OPTION_SERVER, "10.0.0.1");
	return hear(w, &reply);
}

/* One option of what is to be sent; false when it has none. */
static inline bool sent(const struct world *w, uint8_t code, void *ret, size_t size)
{
	const uint8_t *next = w->out.message.bytes + DHCP_HEADER_SIZE;

	assert_true(w->out.is_due);
	for (; *next != DHCP_OPTION_END; next += 2 + next[1]) {
		if (*next != code)
			continue;
		assert_int_equal(next[1], size);
		memcpy(ret, next + 2, size);
		return true;
	}
	return false;
}

static inline void expect_sent(const struct world *w, enum dhcp_type type)
{
	uint8_t found = 0;

	assert_true(sent(w, DHCP_OPTION_TYPE, &found, 1));
	assert_int_equal(found, type);
}

/* `address` NULL: the option is not there. */
static inline void expect_sent_addr(const struct world *w, uint8_t code, const char *address)
{
	uint8_t found[4];

	assert_int_equal(sent(w, code, found, 4), address != NULL);
	if (address)
		assert_memory_equal(found, make_addr(address).bytes, 4);
}

static inline void expect_ciaddr(const struct world *w, const char *address)
{
	assert_memory_equal(w->out.message.bytes + 12, make_addr(address).bytes, 4);
}

static inline void get_bound(struct world *w, uint32_t lease)
{
	(void)step(w);
	(void)offer(w, "10.0.0.5");
	assert_int_equal(ack(w, "10.0.0.5", lease), DHCP_NEWS_BOUND);
	assert_int_equal(w->client.state, DHCP_BOUND);
	assert_true(w->client.has_address);
}

#define in_world(test) cmocka_unit_test_setup_teardown(test, make_world, drop_world)
