/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose turn it is among the leases of dhcp's daemon, where all of them are due all the time. */
#include "unit.h"

#include "../../ipam/dhcp/holdings.h"

#include <stdio.h>

enum { COUNT = 1000, STEP_MS = 14, LEASE_MS = 4000 };

static int64_t now;

struct world {
	struct holdings holdings;
	unsigned turns[COUNT]; /* by priority, which is the number here */
	int64_t last_due;      /* of the one that had its turn */
	bool is_unsorted, ends;
};

static int64_t fake_clock(void)
{
	return now;
}

static void step(struct holding *h, void *data)
{
	struct world *w = data;

	w->is_unsorted |= h->due < w->last_due;
	w->last_due = h->due;
	w->turns[h->priority]++;
	now += STEP_MS;
	if (w->ends) {
		holdings_remove(&w->holdings, h);
		holding_free(h);
		return;
	}
	h->due = now + LEASE_MS / 2;
	holdings_sort(&w->holdings, h);
}

static int set_up(void **state)
{
	static struct world w;

	w = (struct world){ 0 };
	now = 1000000;
	for (int i = 0; i < COUNT; i++) {
		char owner[32];
		struct holding *h;

		(void)snprintf(owner, sizeof(owner), "lan/c%d/eth0", i);
		h = holding_make(owner, "eth0");
		h->priority = i;
		h->due = now - (i * 7919) % COUNT;
		holdings_add(&w.holdings, h);
	}
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	holdings_release(&w->holdings);
	return 0;
}

static void take_turns(struct world *w)
{
	holdings_take_turns(&w->holdings, fake_clock, step, w);
}

static void a_caller_waits_for_few_steps_however_many_are_due(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 100; i++) {
		const int64_t began = now;

		take_turns(w);
		assert_true(now > began);
		assert_true(now - began <= 2 * STEP_MS);
	}
}

/* It falls behind for ever, and all do alike. */
static void the_first_due_comes_first_and_nobody_comes_twice_before_another(void **state)
{
	struct world *w = *state;
	unsigned least = UINT32_MAX, most = 0;

	for (int i = 0; i < 5 * COUNT / 2; i++)
		take_turns(w);
	for (int i = 0; i < COUNT; i++) {
		least = w->turns[i] < least ? w->turns[i] : least;
		most = w->turns[i] > most ? w->turns[i] : most;
	}
	assert_false(w->is_unsorted);
	assert_true(least >= 4);
	assert_true(most - least <= 1);
}

static void who_ends_in_its_turn_is_gone(void **state)
{
	struct world *w = *state;

	w->ends = true;
	for (int i = 0; i < COUNT && w->holdings.count; i++)
		take_turns(w);
	assert_int_equal(w->holdings.count, 0);
	take_turns(w);
}

static void a_time_to_come_is_left_alone(void **state)
{
	struct world *w = *state;

	now -= 2 * COUNT;
	take_turns(w);
	for (int i = 0; i < COUNT; i++)
		assert_int_equal(w->turns[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_caller_waits_for_few_steps_however_many_are_due,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			the_first_due_comes_first_and_nobody_comes_twice_before_another, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(who_ends_in_its_turn_is_gone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_time_to_come_is_left_alone, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
