/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../../ipam/host-local/index.h"

#include "unit.h"

static struct addr scattered(unsigned i)
{
	return (struct addr){
		AF_INET6,
		{ 0xfd, [5] = (uint8_t)(i * 7), [9] = (uint8_t)(i >> 8), [15] = (uint8_t)i }
	};
}

static void thousands_of_scattered_addresses_are_kept(void **state)
{
	struct index index = { 0 };
	struct addr addr;
	enum { COUNT = 20000 };

	(void)state;
	index_create(0, &index);
	for (unsigned i = 0; i < COUNT; i++) {
		addr = scattered(i);
		if (!index_find(&index, &addr))
			index_take(&index, index_add(&index, &addr, 0),
				   index_hash((const char *)&i, sizeof(i)), 0);
	}
	for (unsigned i = 0; i < COUNT; i += 2) {
		uint32_t number;

		addr = scattered(i);
		number = index_find(&index, &addr);
		assert_int_not_equal(number, 0);
		index_remove(&index, number);
		assert_int_equal(index_find(&index, &addr), 0);
		assert_true(index_find_vacant(&index, &addr, &addr, &addr));
	}
	for (unsigned i = 1; i < COUNT; i += 2) {
		addr = scattered(i);
		assert_int_not_equal(index_find(&index, &addr), 0);
		assert_false(index_find_vacant(&index, &addr, &addr, &addr));
	}
	index_close(&index);
}

static void gaps_are_found_across_blocks(void **state)
{
	struct index index = { 0 };
	struct addr from = { AF_INET, { 10, 0, 0, 0 } }, to = { AF_INET, { 10, 0, 255, 255 } };
	struct addr found;

	(void)state;
	index_create(0, &index);
	for (unsigned i = 0; i < 5000; i++) {
		struct addr addr = addr_plus(&from, i);

		index_take(&index, index_add(&index, &addr, 0), 1, 0);
	}
	assert_true(index_find_vacant(&index, &from, &to, &found));
	assert_int_equal(addr_count(&from, &found), 5001);
	to = addr_plus(&from, 4999);
	assert_false(index_find_vacant(&index, &from, &to, &found));
	from = (struct addr){ AF_INET, { 255, 255, 255, 255 } };
	index_take(&index, index_add(&index, &from, 0), 1, 0);
	assert_false(index_find_vacant(&index, &from, &from, &found));
	index_close(&index);
}

/* A walk that comes back to the same entries is stopped, and the index is known as damaged. */
static void a_circle_is_left(void **state)
{
	struct index index = { 0 };
	struct addr addr = { AF_INET, { 10 } }, other = { AF_INET, { 10, 1 } };
	uint32_t number;

	(void)state;
	index_create(0, &index);
	number = index_add(&index, &addr, 0);
	index_take(&index, number, 5, 0);
	index_entry(&index, number)->next_id = number;
	assert_false(index.is_damaged);
	assert_int_equal(index_next_of_id(&index, 5 + ((uint64_t)1 << 40), 0), 0);
	index_entry(&index, number)->next_addr = number;
	for (unsigned i = 0; i < 4096 && !index.is_damaged; i++) {
		other.bytes[3] = (uint8_t)i;
		(void)index_find(&index, &other);
	}
	assert_true(index.is_damaged);
	assert_int_equal(index_find(&index, &addr), 0);
	assert_false(index_find_vacant(&index, &other, &other, &other));
	index_close(&index);
}

static void a_resting_entry_that_does_not_rest_is_a_contradiction(void **state)
{
	struct index index = { 0 };
	struct addr addr = { AF_INET, { 10 } };
	uint32_t number;

	(void)state;
	index_create(0, &index);
	number = index_add(&index, &addr, 0);
	index_rest(&index, number, 0, 1);
	assert_int_equal(index_next_resting(&index, 0), number);
	index_entry(&index, number)->state = ENTRY_KNOWN;
	assert_int_equal(index_next_resting(&index, 0), 0);
	assert_true(index.is_damaged);
	index_close(&index);
}

/* A damaged count must not make it allocate without end, nor a damaged chain walk without end. */
static void numbers_outside_are_nobody(void **state)
{
	struct index index = { 0 };

	(void)state;
	index_create(0, &index);
	assert_null(index_entry(&index, 0));
	assert_null(index_entry(&index, UINT32_MAX));
	assert_int_equal(index_next_of_id(&index, 5, 0), 0);
	assert_int_equal(index_next_resting(&index, 0), 0);
	index_close(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thousands_of_scattered_addresses_are_kept),
		cmocka_unit_test(gaps_are_found_across_blocks),
		cmocka_unit_test(a_circle_is_left),
		cmocka_unit_test(a_resting_entry_that_does_not_rest_is_a_contradiction),
		cmocka_unit_test(numbers_outside_are_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
