/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files, folders and locks. Silent: results are -errno. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/deadline.h"
#include "base/text.h"

/*
 * Occupies descriptors 0 to 2 where the caller closed them, so that nothing we open is taken for
 * stdin or stdout. Reading or writing them fails with EBADF, as it would have.
 */
void file_occupy_closed(void);

/*
 * What anything that is read may have at most: files, stdin, what other plugins print. The longest
 * that is any use is /proc/self/mountinfo with the 100,000 mounts that the kernel allows.
 */
enum { FILE_READ_MAX = 32 * 1024 * 1024 };

/* What is read at once: most of what is read is shorter, and a page of the stack costs a fault. */
enum { FILE_PIECE = 4000 };

/* Adds everything up to end of file to `text`; -EFBIG when that is more than FILE_READ_MAX bytes.
 */
int file_read_fd(int fd, struct text *text) must_check;

/*
 * Opens a regular file below `dir_fd` (AT_FDCWD for the working directory) for reading. Anything
 * else is not even opened, as opening alone can wait (FIFOs) or do things (devices): -EINVAL, or
 * -EISDIR.
 */
int file_open_regular(int dir_fd, const char *path) must_check;

/* Reads the regular file at `path` below `dir_fd`. */
int file_read_at(int dir_fd, const char *path, struct text *text) must_check;

/*
 * Opens a new file for writing, mode 0600. Whatever had its name before is removed, so that nothing
 * is waited for (a FIFO) and no link is followed; -EISDIR for a folder.
 */
int file_open_fresh(int dir_fd, const char *path) must_check;

/* Writes all `size` bytes; short writes are continued, EINTR is retried. */
int file_write_fd(int fd, const void *bytes, size_t size) must_check;

/* Makes a folder and its parents (mkdir -p); 0 when it was there already. */
int file_make_folders(const char *path, mode_t mode) must_check;

/*
 * Takes flock(LOCK_EX) on `fd`, waiting until the deadline: 0, -ETIMEDOUT, -EINTR after SIGTERM, or
 * another -errno. The lock ends with the descriptor.
 */
int file_lock(int fd, struct deadline deadline) must_check;

/*
 * The same for the byte `at`, which need not be there: a lock for each of many things in one file
 * that is open for writing. Only who may write to the file can take it.
 */
int file_lock_byte(int fd, off_t at, struct deadline deadline) must_check;

/* The process that holds a flock on the file of `fd` according to /proc/locks, or 0. */
pid_t file_lock_holder(int fd);
