/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../../ipam/host-local/cursor.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "unit.h"

static void write_file(int dir, const char *content)
{
	cleanup_close int fd = openat(dir, "last_reserved_ip.3", O_WRONLY | O_CREAT | O_TRUNC,
				      0600);

	assert_true(fd >= 0);
	assert_int_equal(file_write_fd(fd, content, strlen(content)), 0);
}

static void anything_but_an_address_is_no_cursor(void **state)
{
	static const struct {
		const char *content, *expected;
	} rows[] = {
		{ "10.0.0.5", "10.0.0.5" },
		{ "2001:db8::5", "2001:db8::5" },
		{ "10.0.0.5\n", NULL },
		{ "", NULL },
		{ "rubbish", NULL },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
	};
	const int *dir = *state;
	struct addr addr;
	char buffer[ADDR_TEXT];

	assert_false(cursor_read(*dir, 3, &addr));
	for (size_t i = 0; i < array_size(rows); i++) {
		write_file(*dir, rows[i].content);
		assert_int_equal(cursor_read(*dir, 3, &addr), rows[i].expected != NULL);
		if (rows[i].expected)
			assert_string_equal(addr_print(&addr, buffer), rows[i].expected);
	}
}

static void a_shorter_address_replaces_a_longer_one(void **state)
{
	static const char *const texts[] = { "10.0.0.100", "10.0.0.9", "2001:db8::ffff",
					     "1.1.1.1" };
	const int *dir = *state;
	char buffer[ADDR_TEXT];

	for (size_t i = 0; i < array_size(texts); i++) {
		struct addr addr;

		assert_int_equal(addr_parse(texts[i], &addr), 0);
		assert_int_equal(cursor_write(*dir, 4, &addr), i == 0);
		assert_true(cursor_read(*dir, 4, &addr));
		assert_string_equal(addr_print(&addr, buffer), texts[i]);
	}
}

struct folder {
	int fd; /* what the tests see */
	char path[32];
};

static int make_folder(void **state)
{
	struct folder *folder = xcalloc(1, sizeof(*folder));

	memcpy(folder->path, "/tmp/cursor.XXXXXX", sizeof("/tmp/cursor.XXXXXX"));
	if (!mkdtemp(folder->path))
		return -1;
	folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = folder;
	return 0;
}

static int drop_folder(void **state)
{
	struct folder *folder = *state;
	int r;

	(void)unlinkat(folder->fd, "last_reserved_ip.3", 0);
	(void)unlinkat(folder->fd, "last_reserved_ip.4", 0);
	(void)close(folder->fd);
	r = rmdir(folder->path);
	free(folder);
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anything_but_an_address_is_no_cursor),
		cmocka_unit_test(a_shorter_address_replaces_a_longer_one),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
