/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../../ipam/host-local/scan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../ipam/host-local/record.h"
#include "../../ipam/host-local/store.h"
#include "base/file.h"
#include "unit.h"

enum { COUNT = 60000, CPU_SECONDS = 3 };

/* Every address rests until another time, in no order. */
static int make_records(void)
{
	FILE *file = tmpfile();
	unsigned seed = 1;
	int fd;

	assert_non_null(file);
	fd = dup(fileno(file));
	assert_true(fd >= 0);
	assert_int_equal(fclose(file), 0);
	for (uint32_t number = 1; number <= COUNT; number++) {
		struct record record = {
			.family = AF_INET,
			.bytes = { 10, 0, (uint8_t)(number >> 8), (uint8_t)number },
			.pod_hash = 1 + number,
		};

		seed = seed * 1664525 + 1013904223;
		record.ready_at = store_now() + UINT64_C(1000000000) * (1000 + (seed >> 8));
		assert_int_equal(record_write(fd, number, &record), 0);
	}
	return fd;
}

static double cpu_seconds(void)
{
	struct timespec time;

	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time), 0);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void expect_order(struct index *index)
{
	uint32_t count = 0;
	uint64_t before = 0;

	for (uint32_t number = 0; (number = index_next_resting(index, number)); count++) {
		assert_true(index_entry(index, number)->ready_at >= before);
		before = index_entry(index, number)->ready_at;
	}
	assert_int_equal(count, COUNT);
}

static void resting_addresses_in_no_order_are_sorted_at_once(void **state)
{
	char folder[] = "/tmp/scan.XXXXXX";
	cleanup_index struct index index = { 0 };
	cleanup_close int records_fd = make_records();
	cleanup_close int dir_fd = -1;
	double start;

	(void)state;
	assert_non_null(mkdtemp(folder));
	dir_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir_fd >= 0);
	start = cpu_seconds();
	assert_int_equal(scan_leases(dir_fd, records_fd, false, &index), 0);
	expect_order(&index);
	/* One more than there is room for: all are linked again. */
	while (index_last(&index) < 1 << 16)
		(void)index_add(&index,
				&(struct addr){ AF_INET,
						{ 10, 1, (uint8_t)(index_last(&index) >> 8),
						  (uint8_t)index_last(&index) } },
				0);
	(void)index_add(&index, &(struct addr){ AF_INET, { 10, 2 } }, 0);
	expect_order(&index);
	assert_true(cpu_seconds() - start < CPU_SECONDS);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resting_addresses_in_no_order_are_sorted_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
