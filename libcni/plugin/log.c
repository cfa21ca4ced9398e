/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forms of a line, and the three places that take one. */
#include "plugin/log.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "base/warn.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define SYSLOG_SOCKET "/dev/log"

enum {
	VALUE_MAX = 4096,
	SEVERITY_ERROR = 3, /* of syslog(3) and the journal */
	SEVERITY_INFORMATION = 6,
	FACILITY_DAEMON = 3 << 3,
};

void log_line_start(struct log_line *line)
{
	*line = (struct log_line){ .writer = { .compact = true, .visible = true } };
	line->writer.out = &line->json;
	json_open(&line->writer, NULL, '{');
}

/* "NAME=value", and line ends in the value would begin a field of their own. */
static void add_journal(struct text *out, const char *name, const char *value)
{
	text_addf(out, "%s=", name);
	foreign_add(out, value);
	text_add(out, "\n");
}

static void add_journal_key(struct text *out, const char *key, const char *value)
{
	cleanup_free char *name = xasprintf("CNI_%s", key);

	for (char *c = name; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	add_journal(out, name, value);
}

void log_add(struct log_line *line, const char *key, const char *value_or_null)
{
	cleanup_free char *cut = NULL;

	if (text_is_empty(value_or_null))
		return;
	cut = xstrndup(value_or_null, strnlen(value_or_null, VALUE_MAX));
	json_string(&line->writer, key, cut);
	add_journal_key(&line->journal, key, cut);
}

void log_add_number(struct log_line *line, const char *key, long value)
{
	cleanup_free char *text = xasprintf("%ld", value);

	json_integer(&line->writer, key, value);
	add_journal_key(&line->journal, key, text);
}

static int severity_of(const struct log_line *line)
{
	return line->is_failure ? SEVERITY_ERROR : SEVERITY_INFORMATION;
}

/* A daemon that does not read loses lines; it holds nobody up. */
static int send_to(const char *path, const struct text *message)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	if (fd < 0)
		return -errno;
	memcpy(to.sun_path, path, strlen(path) + 1);
	return sendto(fd, message->s, message->len, MSG_DONTWAIT | MSG_NOSIGNAL,
		      (const struct sockaddr *)&to, sizeof(to)) < 0
		       ? -errno
		       : 0;
}

static int send_journal(struct log_line *line, const char *message)
{
	cleanup_free char *cut = xstrndup(message, strnlen(message, VALUE_MAX));
	struct text *out = &line->journal;

	add_journal(out, "MESSAGE", cut);
	add_journal(out, "SYSLOG_IDENTIFIER", program_invocation_short_name);
	text_addf(out, "PRIORITY=%d\n", severity_of(line));
	return send_to(JOURNAL_SOCKET, out);
}

static int send_syslog(const struct log_line *line)
{
	cleanup_text struct text out = { 0 };
	time_t now = time(NULL);
	struct tm parts = { 0 };
	char stamp[32] = "";

	if (localtime_r(&now, &parts))
		(void)strftime(stamp, sizeof(stamp), "%b %e %T", &parts); /* it has room */
	text_addf(&out, "<%d>%s %s[%d]: %s", FACILITY_DAEMON + severity_of(line), stamp,
		  program_invocation_short_name, (int)getpid(), line->json.s);
	return send_to(SYSLOG_SOCKET, &out);
}

/*
 * Who can write to a folder on the way could have put there a link to a file of somebody else, a
 * second name of one, or a FIFO that waits.
 */
static int open_file(const char *path)
{
	struct open_how how = { .flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK |
					 O_NOCTTY | O_LARGEFILE,
				.mode = 0600,
				.resolve = RESOLVE_NO_SYMLINKS };
	cleanup_close int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return -EINVAL;
	if (st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH))
		return -EPERM;
	return steal_fd(&fd);
}

/* Of half a line, in the middle of which the next one would begin. */
static void take_back(int fd, ssize_t written)
{
	off_t end = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	if (end >= written && fstat(fd, &st) == 0 && st.st_size == end)
		ignore(ftruncate(fd, end - written)); /* it may be forbidden; then it stays */
}

/* One write, so that lines of calls at the same time do not mix. */
static int append(struct log_line *line, const char *path)
{
	cleanup_close int fd = open_file(path);
	ssize_t written;

	if (fd < 0)
		return fd;
	text_add(&line->json, "\n");
	written = write(fd, line->json.s, line->json.len);
	if (written < 0)
		return -errno;
	if ((size_t)written == line->json.len)
		return 0;
	take_back(fd, written);
	return -ENOSPC;
}

void log_send(struct log_line *line, const char *where, const char *message)
{
	cleanup_free char *reason = NULL;
	int r;

	json_close(&line->writer, '}');
	if (text_equal(where, "journal"))
		r = send_journal(line, message);
	else if (text_equal(where, "syslog"))
		r = send_syslog(line);
	else if (*where == '/')
		r = append(line, where);
	else {
		cni_warn("log %s: expected journal, syslog or the absolute path of a file", where);
		return;
	}
	if (r == 0)
		return;
	reason = error_text(-r);
	if (r == -ELOOP || r == -EINVAL || r == -EPERM || r == -ENXIO)
		cni_warn("log %s: not used, it is to be a plain file of this user that nobody "
			 "else can write to, and no link is to be on the way to it: %s",
			 where, reason);
	else
		cni_warn("log %s: a line was lost: %s", where, reason);
}

void log_line_release(struct log_line *line)
{
	text_release(&line->json);
	text_release(&line->journal);
}
