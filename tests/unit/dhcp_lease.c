/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the client does with a lease, until and behind its end. */
#include <errno.h>

#include "dhcp_world.h"

static void at_t1_the_server_is_asked_alone(void **state)
{
	struct world *w = *state;

	get_bound(w, 600);
	assert_int_equal(step(w), DHCP_NO_NEWS);
	assert_int_equal(w->client.state, DHCP_RENEWING);
	expect_sent(w, DHCP_REQUEST);
	expect_ciaddr(w, "10.0.0.5");
	expect_sent_addr(w, DHCP_OPTION_REQUESTED, NULL);
	expect_sent_addr(w, DHCP_OPTION_SERVER, NULL);
	assert_true(w->out.is_unicast);
	assert_int_equal(ack(w, "10.0.0.5", 600), DHCP_NEWS_BOUND);
	assert_int_equal(w->client.since, w->now);
}

static void at_t2_anybody_is_asked(void **state)
{
	struct world *w = *state;
	unsigned renewals = 0;

	get_bound(w, 600);
	while (step(w) == DHCP_NO_NEWS && w->client.state == DHCP_RENEWING) {
		assert_true(w->client.deadline - w->now >= 60 * SECOND ||
			    w->client.deadline == w->client.t2);
		renewals++;
	}
	assert_true(renewals >= 2 && renewals <= 4);
	assert_int_equal(w->client.state, DHCP_REBINDING);
	assert_int_equal(w->now, w->client.t2);
	expect_sent(w, DHCP_REQUEST);
	expect_ciaddr(w, "10.0.0.5");
	expect_sent_addr(w, DHCP_OPTION_SERVER, NULL);
	assert_false(w->out.is_unicast);
	assert_int_equal(ack(w, "10.0.0.5", 600), DHCP_NEWS_BOUND);
}

static void at_the_end_the_address_is_lost_and_asked_for_anew(void **state)
{
	struct world *w = *state;
	int64_t expiry;
	enum dhcp_news news;

	get_bound(w, 600);
	expiry = w->client.expiry;
	do {
		news = step(w);
	} while (news == DHCP_NO_NEWS);
	assert_int_equal(news, DHCP_NEWS_LOST);
	assert_int_equal(w->now, expiry);
	assert_false(w->client.has_address);
	(void)step(w);
	expect_sent(w, DHCP_DISCOVER);
	expect_sent_addr(w, DHCP_OPTION_REQUESTED, "10.0.0.5");
	expect_ciaddr(w, "0.0.0.0");
}

static void a_short_lease_is_renewed_more_than_once(void **state)
{
	struct world *w = *state;
	unsigned asked = 0;

	get_bound(w, 6);
	while (step(w) == DHCP_NO_NEWS)
		asked++;
	assert_true(asked >= 3 && asked <= 8);
}

static void a_lease_for_ever_asks_for_nothing(void **state)
{
	struct world *w = *state;

	get_bound(w, UINT32_MAX);
	assert_true(w->client.deadline == INT64_MAX);
}

static void a_nak_ends_a_lease_at_once(void **state)
{
	struct world *w = *state;

	get_bound(w, 600);
	(void)step(w);
	assert_int_equal(nak(w), DHCP_NEWS_LOST);
	assert_int_equal(w->client.deadline, w->now);
	(void)step(w);
	expect_sent(w, DHCP_DISCOVER);
	expect_sent_addr(w, DHCP_OPTION_REQUESTED, NULL);
}

static void a_server_that_takes_back_its_offer_is_not_asked_at_once(void **state)
{
	struct world *w = *state;

	(void)step(w);
	(void)offer(w, "10.0.0.5");
	assert_int_equal(nak(w), DHCP_NO_NEWS);
	assert_true(w->client.deadline >= w->now + 3 * SECOND);
	assert_int_equal(w->client.heard, 1);
}

static void a_renewal_may_change_the_address(void **state)
{
	struct world *w = *state;

	get_bound(w, 600);
	(void)step(w);
	assert_int_equal(ack(w, "10.0.0.6", 600), DHCP_NEWS_BOUND);
	assert_memory_equal(w->client.terms.address, make_addr("10.0.0.6").bytes, 4);
}

static void an_answer_that_nobody_asked_for_changes_nothing(void **state)
{
	struct world *w = *state;

	get_bound(w, 600);
	assert_int_equal(nak(w), DHCP_NO_NEWS);
	assert_int_equal(ack(w, "10.0.0.9", 600), DHCP_NO_NEWS);
	assert_int_equal(w->client.state, DHCP_BOUND);
	assert_memory_equal(w->client.terms.address, make_addr("10.0.0.5").bytes, 4);
}

/* What a daemon has after it was killed. */
static enum dhcp_news resume(struct world *w, int64_t later)
{
	struct dhcp_client *c = &w->client;
	uint8_t *kept = c->ack;
	enum dhcp_news news;

	c->ack = NULL;
	w->now = c->since + later;
	assert_int_equal(dhcp_client_resume(c, kept, c->ack_size, c->since, w->now, test_seed,
					    &news),
			 0);
	free(kept);
	return news;
}

static void a_lease_goes_on_after_a_restart(void **state)
{
	struct world *w = *state;

	get_bound(w, 600);
	assert_int_equal(resume(w, 100 * SECOND), DHCP_NO_NEWS);
	assert_int_equal(w->client.state, DHCP_BOUND);
	assert_true(w->client.deadline > w->now);
	assert_int_equal(resume(w, 310 * SECOND), DHCP_NO_NEWS);
	(void)step(w);
	assert_int_equal(w->client.state, DHCP_RENEWING);
	assert_int_equal(resume(w, 599 * SECOND), DHCP_NO_NEWS);
	(void)step(w);
	assert_int_equal(w->client.state, DHCP_REBINDING);
}

static void a_lease_that_ran_out_meanwhile_is_asked_for_again(void **state)
{
	struct world *w = *state;

	get_bound(w, 600);
	assert_int_equal(resume(w, 600 * SECOND), DHCP_NEWS_LOST);
	(void)step(w);
	assert_int_equal(w->client.state, DHCP_REBOOTING);
	expect_sent(w, DHCP_REQUEST);
	expect_sent_addr(w, DHCP_OPTION_REQUESTED, "10.0.0.5");
	expect_sent_addr(w, DHCP_OPTION_SERVER, NULL);
	expect_ciaddr(w, "0.0.0.0");
	assert_int_equal(ack(w, "10.0.0.5", 600), DHCP_NEWS_BOUND);
	assert_int_equal(resume(w, 700 * SECOND), DHCP_NEWS_LOST);
	(void)step(w);
	assert_int_equal(nak(w), DHCP_NO_NEWS);
	(void)step(w);
	expect_sent(w, DHCP_DISCOVER);
}

static void a_server_that_knows_nothing_of_it_is_asked_for_another(void **state)
{
	struct world *w = *state;

	get_bound(w, 600);
	(void)resume(w, 600 * SECOND);
	(void)step(w);
	(void)step(w);
	expect_sent(w, DHCP_REQUEST);
	(void)step(w);
	expect_sent(w, DHCP_DISCOVER);
}

static void what_is_no_lease_is_not_taken_up(void **state)
{
	struct world *w = *state;
	struct server_reply reply = answer(w, DHCP_NAK, "10.0.0.5", 600);
	enum dhcp_news news;

	assert_int_equal(dhcp_client_resume(&w->client, reply.bytes, reply.size, 0, w->now,
					    test_seed, &news),
			 -EBADMSG);
	assert_int_equal(dhcp_client_resume(&w->client, reply.bytes, 100, 0, w->now, test_seed,
					    &news),
			 -EBADMSG);
}

static void a_release_says_whose_address_it_is(void **state)
{
	struct world *w = *state;
	uint8_t id[12];

	get_bound(w, 600);
	dhcp_client_release(&w->client, &w->out);
	expect_sent(w, DHCP_RELEASE);
	expect_ciaddr(w, "10.0.0.5");
	expect_sent_addr(w, DHCP_OPTION_SERVER, "10.0.0.1");
	expect_sent_addr(w, DHCP_OPTION_REQUESTED, NULL);
	assert_true(sent(w, DHCP_OPTION_CLIENT_ID, id, sizeof(id)));
	assert_true(w->out.is_unicast);
	assert_true(w->client.deadline == INT64_MAX);
	dhcp_client_release(&w->client, &w->out);
	assert_false(w->out.is_due);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		in_world(at_t1_the_server_is_asked_alone),
		in_world(at_t2_anybody_is_asked),
		in_world(at_the_end_the_address_is_lost_and_asked_for_anew),
		in_world(a_short_lease_is_renewed_more_than_once),
		in_world(a_lease_for_ever_asks_for_nothing),
		in_world(a_nak_ends_a_lease_at_once),
		in_world(a_server_that_takes_back_its_offer_is_not_asked_at_once),
		in_world(a_renewal_may_change_the_address),
		in_world(an_answer_that_nobody_asked_for_changes_nothing),
		in_world(a_lease_goes_on_after_a_restart),
		in_world(a_lease_that_ran_out_meanwhile_is_asked_for_again),
		in_world(a_server_that_knows_nothing_of_it_is_asked_for_another),
		in_world(what_is_no_lease_is_not_taken_up),
		in_world(a_release_says_whose_address_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
