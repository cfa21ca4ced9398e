/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls of this program that kill it or fail, for the one test that includes this: what is
 * defined here stands in front of the C library's functions of the same name. Being killed is a
 * jump: what was in memory is lost, what is in files stays.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unit.h"

enum trouble_kind { NO_TROUBLE, TROUBLE_KILL, TROUBLE_FAIL };

struct trouble {
	enum trouble_kind kind;
	int countdown; /* in system calls; at 0 it happens */
	int errnum;
	jmp_buf killed;
	char boot;     /* first digit of the boot id */
	unsigned seed; /* of the history: what to look at when it fails */
};

struct trouble trouble;

static bool strikes(void)
{
	if (trouble.kind == NO_TROUBLE || trouble.countdown-- != 0)
		return false;
	if (trouble.kind == TROUBLE_KILL)
		longjmp(trouble.killed, 1);
	trouble.kind = NO_TROUBLE;
	errno = trouble.errnum;
	return true;
}

int openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & (O_CREAT | O_TMPFILE))
		mode = va_arg(args, mode_t);
	va_end(args);
	return strikes() ? -1 : (int)syscall(SYS_openat, dir, path, flags, mode);
}

/* The boot id is what the test wants it to be. */
int open(const char *path, int flags, ...)
{
	char id[] = "00000000-0000-4000-8000-000000000000\n";
	int fds[2];

	if (strcmp(path, "/proc/sys/kernel/random/boot_id") != 0)
		return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0);
	id[0] = trouble.boot;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(syscall(SYS_write, fds[1], id, sizeof(id) - 1), sizeof(id) - 1);
	(void)close(fds[1]);
	return fds[0];
}

int linkat(int from_dir, const char *from, int dir, const char *to, int flags)
{
	return strikes() ? -1 : (int)syscall(SYS_linkat, from_dir, from, dir, to, flags);
}

int unlinkat(int dir, const char *path, int flags)
{
	return strikes() ? -1 : (int)syscall(SYS_unlinkat, dir, path, flags);
}

int renameat(int from_dir, const char *from, int dir, const char *to)
{
	return strikes() ? -1 : (int)syscall(SYS_renameat2, from_dir, from, dir, to, 0);
}

/* What the commands remark on is not for the eyes of who runs the tests. */
ssize_t write(int fd, const void *bytes, size_t size)
{
	if (fd == STDERR_FILENO)
		return (ssize_t)size;
	return strikes() ? -1 : syscall(SYS_write, fd, bytes, size);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
	return strikes() ? -1 : syscall(SYS_pwrite64, fd, bytes, size, at);
}

ssize_t read(int fd, void *bytes, size_t size)
{
	return strikes() ? -1 : syscall(SYS_read, fd, bytes, size);
}

ssize_t pread(int fd, void *bytes, size_t size, off_t at)
{
	return strikes() ? -1 : syscall(SYS_pread64, fd, bytes, size, at);
}

int futimens(int fd, const struct timespec times[2])
{
	return strikes() ? -1 : (int)syscall(SYS_utimensat, fd, NULL, times, 0);
}

int ftruncate(int fd, off_t size)
{
	return strikes() ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}
