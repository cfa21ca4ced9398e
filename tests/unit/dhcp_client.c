/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the client comes to a lease. */
#include "dhcp_world.h"

static void four_messages_give_a_lease(void **state)
{
	struct world *w = *state;
	uint32_t xid;
	uint8_t id[12];

	assert_int_equal(step(w), DHCP_NO_NEWS);
	expect_sent(w, DHCP_DISCOVER);
	expect_sent_addr(w, DHCP_OPTION_REQUESTED, NULL);
	expect_ciaddr(w, "0.0.0.0");
	assert_true(sent(w, DHCP_OPTION_CLIENT_ID, id, sizeof(id)));
	assert_false(w->out.is_unicast);
	xid = w->client.xid;
	w->now += SECOND;
	assert_int_equal(offer(w, "10.0.0.5"), DHCP_NO_NEWS);
	expect_sent(w, DHCP_REQUEST);
	expect_sent_addr(w, DHCP_OPTION_REQUESTED, "10.0.0.5");
	expect_sent_addr(w, DHCP_OPTION_SERVER, "10.0.0.1");
	expect_ciaddr(w, "0.0.0.0");
	assert_true(sent(w, DHCP_OPTION_CLIENT_ID, id, sizeof(id)));
	assert_int_equal(w->client.xid, xid);
	w->now += SECOND;
	assert_int_equal(ack(w, "10.0.0.5", 600), DHCP_NEWS_BOUND);
	assert_false(w->out.is_due);
	/* It counts from the REQUEST. */
	assert_int_equal(w->client.expiry, w->now - SECOND + 600 * SECOND);
	assert_true(w->client.t1 <= w->client.since + 300 * SECOND &&
		    w->client.t1 >= w->client.since + 270 * SECOND);
	assert_int_equal(w->client.deadline, w->client.t1);
}

/* RFC 2131, section 4.1: 4, 8, 16, 32, 64 s, each ±1 s, behind a first one of half a second. */
static void a_silent_server_is_asked_ever_more_rarely(void **state)
{
	static const int64_t pauses[] = { 500, 4000, 8000, 16000, 32000, 64000, 64000, 64000 };
	struct world *w = *state;
	uint32_t xid = 0;

	for (size_t i = 0; i < array_size(pauses); i++) {
		int64_t pause;

		assert_int_equal(step(w), DHCP_NO_NEWS);
		expect_sent(w, DHCP_DISCOVER);
		assert_true(!xid || w->client.xid == xid);
		xid = w->client.xid;
		pause = w->client.deadline - w->now;
		assert_true(pause >= pauses[i] - SECOND && pause <= pauses[i] + SECOND &&
			    pause >= pauses[i] * 3 / 4);
	}
	assert_int_equal(w->client.heard, 0);
}

static void nothing_happens_before_its_time(void **state)
{
	struct world *w = *state;

	(void)step(w);
	w->now = w->client.deadline - 1;
	assert_int_equal(dhcp_client_step(&w->client, w->now, &w->out), DHCP_NO_NEWS);
	assert_false(w->out.is_due);
}

static void an_offer_that_is_not_kept_leads_to_another(void **state)
{
	struct world *w = *state;

	(void)step(w);
	(void)offer(w, "10.0.0.5");
	(void)step(w);
	expect_sent(w, DHCP_REQUEST);
	(void)step(w);
	expect_sent(w, DHCP_REQUEST);
	(void)step(w);
	expect_sent(w, DHCP_DISCOVER);
	assert_int_equal(w->client.state, DHCP_SELECTING);
	assert_int_equal(offer(w, "10.0.0.6"), DHCP_NO_NEWS);
	assert_int_equal(ack(w, "10.0.0.6", 600), DHCP_NEWS_BOUND);
}

static void of_two_servers_the_first_is_taken(void **state)
{
	struct world *w = *state;
	struct server_reply other;

	(void)step(w);
	(void)offer(w, "10.0.0.5");
	(void)offer(w, "10.0.0.9");
	assert_false(w->out.is_due);
	other = reply_of(DHCP_ACK, w->client.xid, "10.0.0.9");
	reply_addr(&other, DHCP_OPTION_SERVER, "10.0.0.2");
	assert_int_equal(hear(w, &other), DHCP_NO_NEWS);
	other = reply_of(DHCP_NAK, w->client.xid, "0.0.0.0");
	reply_addr(&other, DHCP_OPTION_SERVER, "10.0.0.2");
	assert_int_equal(hear(w, &other), DHCP_NO_NEWS);
	assert_int_equal(w->client.state, DHCP_REQUESTING);
	assert_int_equal(ack(w, "10.0.0.5", 600), DHCP_NEWS_BOUND);
}

static void what_is_for_others_is_passed_over(void **state)
{
	struct world *w = *state;
	struct server_reply reply;

	(void)step(w);
	reply = answer(w, DHCP_OFFER, "10.0.0.5", 600);
	reply.bytes[7]++; /* xid */
	(void)hear(w, &reply);
	reply = answer(w, DHCP_OFFER, "10.0.0.5", 600);
	reply.bytes[28 + 5]++; /* MAC */
	(void)hear(w, &reply);
	reply = answer(w, DHCP_OFFER, "10.0.0.5", 600);
	reply_option(&reply, DHCP_OPTION_CLIENT_ID, "\0c2/net/eth0", 12);
	(void)hear(w, &reply);
	assert_int_equal(w->client.heard, 0);
	reply = answer(w, DHCP_OFFER, "10.0.0.5", 3);
	(void)hear(w, &reply);
	assert_int_equal(ack(w, "10.0.0.5", 600), DHCP_NO_NEWS);
	assert_int_equal(w->client.heard, 2);
	assert_int_equal(w->client.state, DHCP_SELECTING);
	reply = answer(w, DHCP_OFFER, "10.0.0.5", 600);
	reply_option(&reply, DHCP_OPTION_CLIENT_ID, "\0c1/net/eth0", 12);
	(void)hear(w, &reply);
	assert_int_equal(w->client.state, DHCP_REQUESTING);
}

static void expect_probe(const struct world *w)
{
	assert_true(w->out.is_due && w->out.is_probe);
	assert_int_equal(w->client.state, DHCP_CHECKING);
	assert_false(w->client.has_address);
}

static void grant(struct world *w, const char *address)
{
	w->client.wishes.checks = true;
	(void)step(w);
	(void)offer(w, address);
	assert_int_equal(ack(w, address, 600), DHCP_NO_NEWS);
}

/* RFC 2131, section 4.4.1: the address SHOULD be probed before it is used. */
static void an_address_that_is_to_be_checked_is_probed_three_times(void **state)
{
	struct world *w = *state;
	const int64_t asked = w->now;

	grant(w, "10.0.0.5");
	expect_probe(w);
	assert_int_equal(step(w), DHCP_NO_NEWS);
	expect_probe(w);
	assert_int_equal(ack(w, "10.0.0.5", 600), DHCP_NO_NEWS);
	assert_int_equal(nak(w), DHCP_NO_NEWS);
	assert_int_equal(step(w), DHCP_NO_NEWS);
	expect_probe(w);
	assert_int_equal(step(w), DHCP_NEWS_BOUND);
	assert_false(w->out.is_due);
	assert_true(w->client.has_address);
	assert_int_equal(w->client.since, asked);
	assert_true(w->now - asked >= 500 && w->now - asked < SECOND);
	assert_int_equal(w->client.deadline, w->client.t1);
}

static void an_address_that_another_has_is_declined(void **state)
{
	struct world *w = *state;
	uint8_t id[12];

	grant(w, "10.0.0.5");
	dhcp_client_decline(&w->client, w->now, &w->out);
	expect_sent(w, DHCP_DECLINE);
	expect_sent_addr(w, DHCP_OPTION_REQUESTED, "10.0.0.5");
	expect_sent_addr(w, DHCP_OPTION_SERVER, "10.0.0.1");
	expect_ciaddr(w, "0.0.0.0");
	assert_true(sent(w, DHCP_OPTION_CLIENT_ID, id, sizeof(id)));
	assert_false(w->out.is_unicast);
	assert_null(w->client.ack);
	/* The first is tried again at once, the next ones after 10 s. */
	assert_int_equal(w->client.deadline, w->now);
	grant(w, "10.0.0.6");
	dhcp_client_decline(&w->client, w->now, &w->out);
	assert_int_equal(w->client.deadline, w->now + 10 * SECOND);
	assert_int_equal(w->client.conflicts, 2);
	grant(w, "10.0.0.7");
	while (w->client.state == DHCP_CHECKING)
		(void)step(w);
	assert_int_equal(w->client.state, DHCP_BOUND);
	assert_int_equal(w->client.conflicts, 0);
	dhcp_client_decline(&w->client, w->now, &w->out);
	assert_false(w->out.is_due);
}

/* Its server may have granted what was asked for, and nobody heard it. */
static void what_was_asked_for_is_given_back_too(void **state)
{
	struct world *w = *state;

	(void)step(w);
	assert_false(dhcp_client_may_hold(&w->client));
	(void)offer(w, "10.0.0.5");
	assert_true(dhcp_client_may_hold(&w->client));
	dhcp_client_release(&w->client, &w->out);
	expect_sent(w, DHCP_RELEASE);
	expect_ciaddr(w, "10.0.0.5");
	expect_sent_addr(w, DHCP_OPTION_SERVER, "10.0.0.1");
	dhcp_client_start(&w->client, w->now, test_seed);
	grant(w, "10.0.0.5");
	dhcp_client_release(&w->client, &w->out);
	expect_sent(w, DHCP_RELEASE);
	expect_ciaddr(w, "10.0.0.5");
}

static uint32_t xorshift(uint32_t x)
{
	x ^= x << 13;
	x ^= x >> 17;
	return x ^ x << 5;
}

/* Everybody hears the number of a broadcast; that of a renewal, by unicast, must not follow from
 * it. */
static void the_number_of_an_exchange_does_not_tell_the_next(void **state)
{
	struct world *w = *state;
	uint32_t guess;

	get_bound(w, 600);
	guess = w->client.xid;
	(void)step(w);
	assert_int_equal(w->client.state, DHCP_RENEWING);
	for (int i = 0; i < 1000; i++) {
		guess = xorshift(guess);
		assert_int_not_equal(guess, w->client.xid);
	}
}

/* Not even with it may another server take away what the one that is asked gave. */
static void only_the_server_that_is_asked_refuses_a_renewal(void **state)
{
	struct world *w = *state;
	struct server_reply other;

	get_bound(w, 600);
	(void)step(w);
	other = reply_of(DHCP_NAK, w->client.xid, "0.0.0.0");
	reply_addr(&other, DHCP_OPTION_SERVER, "10.0.0.2");
	assert_int_equal(hear(w, &other), DHCP_NO_NEWS);
	assert_true(w->client.has_address);
	assert_int_equal(nak(w), DHCP_NEWS_LOST);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		in_world(four_messages_give_a_lease),
		in_world(a_silent_server_is_asked_ever_more_rarely),
		in_world(nothing_happens_before_its_time),
		in_world(an_offer_that_is_not_kept_leads_to_another),
		in_world(of_two_servers_the_first_is_taken),
		in_world(what_is_for_others_is_passed_over),
		in_world(an_address_that_is_to_be_checked_is_probed_three_times),
		in_world(an_address_that_another_has_is_declined),
		in_world(the_number_of_an_exchange_does_not_tell_the_next),
		in_world(only_the_server_that_is_asked_refuses_a_renewal),
		in_world(what_was_asked_for_is_given_back_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
