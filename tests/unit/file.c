/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "unit.h"

struct folder {
	char path[32];
	int fd;
};

static void folder_make(struct folder *folder)
{
	*folder = (struct folder){ .path = "/tmp/file.XXXXXX" };
	assert_non_null(mkdtemp(folder->path));
	folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(folder->fd >= 0);
}

static void folder_remove(struct folder *folder, const char *name)
{
	assert_int_equal(unlinkat(folder->fd, name, 0), 0);
	assert_int_equal(rmdir(folder->path), 0);
	close_fd(&folder->fd);
}

static void no_more_is_read_than_the_limit(void **state)
{
	static const struct {
		off_t size;
		int result;
	} rows[] = {
		{ 0, 0 },
		{ FILE_READ_MAX, 0 },
		{ FILE_READ_MAX + 1, -EFBIG },
		{ (off_t)1 << 40, -EFBIG },
	};
	struct folder folder;
	cleanup_close int fd = -1;

	(void)state;
	folder_make(&folder);
	fd = openat(folder.fd, "f", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_text struct text text = { 0 };

		assert_int_equal(ftruncate(fd, rows[i].size), 0);
		assert_int_equal(file_read_at(folder.fd, "f", &text), rows[i].result);
		assert_true(text.len <= FILE_READ_MAX);
		assert_true(rows[i].result < 0 || (off_t)text.len == rows[i].size);
	}
	folder_remove(&folder, "f");
}

static void what_is_no_file_is_not_opened(void **state)
{
	cleanup_text struct text text = { 0 };
	struct folder folder;

	(void)state;
	folder_make(&folder);
	assert_int_equal(file_read_at(folder.fd, "f", &text), -ENOENT);
	assert_int_equal(mkfifoat(folder.fd, "f", 0600), 0);
	assert_int_equal(file_read_at(folder.fd, "f", &text), -EINVAL);
	assert_int_equal(file_read_at(folder.fd, ".", &text), -EISDIR);
	assert_int_equal(file_read_at(AT_FDCWD, "/dev/zero", &text), -EINVAL);
	assert_int_equal(file_read_at(AT_FDCWD, "/proc/self/comm", &text), 0);
	folder_remove(&folder, "f");
}

static void a_fresh_file_takes_the_place_of_what_was_there(void **state)
{
	struct folder folder;
	int fd;

	(void)state;
	folder_make(&folder);
	assert_int_equal(mkfifoat(folder.fd, "f", 0600), 0);
	fd = file_open_fresh(folder.fd, "f");
	assert_true(fd >= 0);
	assert_int_equal(file_write_fd(fd, "x", 1), 0);
	close(fd);
	assert_int_equal(unlinkat(folder.fd, "f", 0), 0);
	assert_int_equal(symlinkat("elsewhere", folder.fd, "f"), 0);
	fd = file_open_fresh(folder.fd, "f");
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(faccessat(folder.fd, "elsewhere", F_OK, 0), -1);
	folder_remove(&folder, "f");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_more_is_read_than_the_limit),
		cmocka_unit_test(what_is_no_file_is_not_opened),
		cmocka_unit_test(a_fresh_file_takes_the_place_of_what_was_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
