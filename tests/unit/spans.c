/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sorted runs of addresses against the simple way, which looks at all pairs. */
#include "lease/spans.h"

#include "unit.h"

/* Some spans among 230 addresses, each with a tag of its own. */
static size_t make_spans(unsigned *seed, struct spans *spans)
{
	size_t count = 1 + (size_t)rand_r(seed) % 6;

	for (size_t i = 0; i < count; i++) {
		struct addr first = make_addr("10.0.0.0"), last;

		first.bytes[3] = (uint8_t)(rand_r(seed) % 200);
		last = addr_plus(&first, (uint64_t)rand_r(seed) % 30);
		spans_add(spans, &first, &last, i);
	}
	return count;
}

static bool overlap(const struct span *a, const struct span *b)
{
	return addr_compare(&a->first, &b->last) <= 0 && addr_compare(&b->first, &a->last) <= 0;
}

/* All pairs, in the order of their tags. */
static bool find_by_pairs(const struct spans *spans, size_t *one, size_t *other)
{
	for (*one = 0; *one < spans->count; ++*one)
		for (*other = *one + 1; *other < spans->count; ++*other)
			if (overlap(&spans->items[*one], &spans->items[*other]))
				return true;
	return false;
}

static void overlaps_are_those_that_all_pairs_have(void **state)
{
	unsigned seed = 7;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		cleanup_spans struct spans spans = { 0 };
		size_t one = 0, other = 0, expected_one, expected_other;
		bool is_expected;

		(void)make_spans(&seed, &spans);
		is_expected = find_by_pairs(&spans, &expected_one, &expected_other);
		spans_sort(&spans);
		assert_int_equal(spans_find_overlap(&spans, &one, &other), is_expected);
		assert_true(!is_expected || (one == expected_one && other == expected_other));
	}
}

static bool is_in_any(const struct spans *spans, const struct addr *addr)
{
	for (size_t i = 0; i < spans->count; i++)
		if (addr_compare(&spans->items[i].first, addr) <= 0 &&
		    addr_compare(addr, &spans->items[i].last) <= 0)
			return true;
	return false;
}

static void merged_spans_hold_the_same_addresses(void **state)
{
	unsigned seed = 9;

	(void)state;
	for (int i = 0; i < 300; i++) {
		cleanup_spans struct spans spans = { 0 }, merged = { 0 };
		struct addr addr = make_addr("10.0.0.0");
		size_t count = make_spans(&seed, &spans);

		for (size_t j = 0; j < count; j++)
			spans_add(&merged, &spans.items[j].first, &spans.items[j].last, 0);
		spans_merge(&merged);
		for (int j = 0; j < 240; j++) {
			assert_int_equal(spans_find(&merged, &addr) != NULL,
					 is_in_any(&spans, &addr));
			addr = addr_plus(&addr, 1);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overlaps_are_those_that_all_pairs_have),
		cmocka_unit_test(merged_spans_hold_the_same_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
