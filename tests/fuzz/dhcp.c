/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever servers, and containers in their place, answer: a client in any state takes a lease that
 * can be used and told as a result, or passes the answer over; it always has a next step, and never
 * at once again.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "dhcp/client.h"
#include "dhcp/packet.h"
#include "dhcp/search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_result(const struct dhcp_client *c)
{
	cleanup_result struct result result = { 0 };
	cleanup_error struct cni_error err = { 0 };
	cleanup_text struct text out = { 0 };
	struct dhcp_reply reply;
	int r;

	assert(dhcp_reply_parse(c->ack, c->ack_size, &reply) == 0);
	r = dhcp_terms_result(&reply, 0, 1500, &result, &err);
	assert((r < 0) == cni_error_is_set(&err));
	if (r < 0)
		return;
	assert(result.ip_count == 1 && result.ips[0].address.len > 0);
	assert(result.route_count <= DHCP_VALUE_MOST / 5 + DHCP_VALUE_MOST / 8 + 1);
	assert(result.dns.search.count <= SEARCH_NAMES_MOST);
	for (size_t i = 0; i < result.dns.search.count; i++)
		assert(!strpbrk(result.dns.search.items[i], " \t\r\n#;"));
	for (size_t i = 0; i < result.route_count; i++)
		assert(!result.routes[i].mtu ||
		       (result.routes[i].mtu >= DHCP_MTU_LEAST && result.routes[i].mtu < 1500));
	assert(!result.dns.domain || !strpbrk(result.dns.domain, " \t\r\n#;"));
	assert(result_print(&result, "1.1.0", &out, NULL) == 0);
}

static void check_client(const struct dhcp_client *c, int64_t now)
{
	assert(c->state <= DHCP_REBINDING);
	assert(c->deadline >= now || c->state == DHCP_BOUND);
	if (c->state != DHCP_BOUND)
		return;
	assert(c->has_address && c->ack && c->expiry > now);
	assert(c->since <= c->t1 && c->t1 <= c->t2);
	assert(c->t2 < c->expiry || c->expiry == INT64_MAX);
	check_result(c);
}

/* The rest of an answer behind a header that a client of this xid accepts. */
static size_t make_answer(const struct dhcp_client *c, const uint8_t *data, size_t size,
			  uint8_t *ret)
{
	static const uint8_t start[] = { 2, 1, 6, 0 }, cookie[] = { 99, 130, 83, 99 };
	size_t total = size < DHCP_HEADER_SIZE ? DHCP_HEADER_SIZE : size;

	memset(ret, 0, DHCP_HEADER_SIZE);
	memcpy(ret, data, size);
	memcpy(ret, start, sizeof(start));
	for (int i = 0; i < 4; i++)
		ret[4 + i] = (uint8_t)(c->xid >> (24 - 8 * i));
	memcpy(ret + 28, c->wishes.mac, DHCP_MAC_SIZE);
	memcpy(ret + 236, cookie, sizeof(cookie));
	return total;
}

/* The first byte says how many steps pass before the answer, as in every one after it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_with(dhcp_client_free) struct dhcp_client c = {
		.wishes = { .pause = 4000, .longest_pause = 64000 }
	};
	static const uint8_t seed[DHCP_SEED_SIZE];
	struct dhcp_output out;
	const uint8_t *message;
	size_t message_size;
	int64_t now = 1;

	c.wishes.checks = size && data[size - 1] & 1;

	ignore(dhcp_packet_open(data, size, true, &message,
				&message_size)); /* only memory counts */
	dhcp_client_start(&c, now, seed);
	for (size_t at = 0; at + 3 <= size;) {
		uint8_t answer[DHCP_MESSAGE_MOST];
		unsigned steps = data[at] % 8;
		size_t part = (size_t)(data[at + 1] % 6) << 8 | data[at + 2];

		at += 3;
		if (part > size - at)
			part = size - at;
		if (part > sizeof(answer))
			part = sizeof(answer);
		for (unsigned i = 0; i < steps && c.deadline < INT64_MAX; i++) {
			now = c.deadline > now ? c.deadline : now;
			(void)dhcp_client_step(&c, now, &out);
			assert(!out.is_due || out.is_probe ||
			       (out.message.size >= DHCP_MESSAGE_LEAST &&
				out.message.size <= DHCP_MESSAGE_MOST));
			check_client(&c, now);
		}
		message_size = make_answer(&c, data + at, part, answer);
		(void)dhcp_client_receive(&c, now, answer, message_size, &out);
		check_client(&c, now);
		if (c.state == DHCP_CHECKING && steps & 1) {
			dhcp_client_decline(&c, now, &out);
			assert(out.is_due && !c.ack);
			check_client(&c, now);
		}
		at += part;
	}
	return 0;
}
