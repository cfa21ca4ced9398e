/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how a question is put, and what is no answer. */
#include "question.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/deadline.h"
#include "base/file.h"
#include "base/signals.h"
#include "lease_json.h"
#include "listener.h"

enum { LONGEST_MS = 24 * 3600 * 1000, PAUSE_MS = 20, ANSWER_MOST = 32 * 1024 * 1024 };

static int fail_dial(const char *path, int r, struct cni_error *err)
{
	(void)cni_fail(err, CNI_ERR_INTERNAL, -r, "error dialing DHCP daemon: dial unix %s", path);
	cni_error_details(err,
			  "start it: systemctl enable --now cni-dhcp.socket, or `dhcp daemon`");
	return r;
}

static int fail_wait(int r, struct cni_error *err)
{
	if (r == -ETIMEDOUT)
		return cni_fail(err, CNI_ERR_TRY_LATER, ETIMEDOUT,
				"the DHCP daemon does not answer");
	return cni_fail(err, CNI_ERR_TRY_LATER, -r, "waiting for the DHCP daemon ended");
}

/* A daemon at which too many wait is asked again and again. */
static int dial(const char *path, struct deadline deadline, struct cni_error *err)
{
	for (;;) {
		int fd = listener_connect(path);
		int r = 0;

		if (fd >= 0)
			return fd;
		if (fd != -EAGAIN)
			return fail_dial(path, fd, err);
		if (deadline_left(deadline) == 0)
			r = -ETIMEDOUT;
		else
			r = signals_poll(NULL, 0, deadline_in(PAUSE_MS));
		if (r < 0)
			return fail_wait(r, err);
	}
}

static int wait_for(int fd, struct deadline deadline, struct cni_error *err)
{
	struct pollfd poll = { .fd = fd, .events = POLLIN };
	int r = signals_poll(&poll, 1, deadline);

	if (r > 0)
		return 0;
	return fail_wait(r < 0 ? r : -ETIMEDOUT, err);
}

/* Up to the end of the line, behind which the daemon hangs up. */
static int read_answer(int fd, struct deadline deadline, struct text *answer, struct cni_error *err)
{
	char bytes[4096];

	for (;;) {
		int r = wait_for(fd, deadline, err);
		ssize_t size;

		if (r < 0)
			return r;
		size = recv(fd, bytes, sizeof(bytes), 0);
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return cni_fail(err, CNI_ERR_INTERNAL, errno,
					"reading from the DHCP daemon");
		if (size == 0 || answer->len > ANSWER_MOST)
			return 0;
		text_add_bytes(answer, bytes, (size_t)size);
	}
}

static int fail_as_told(const cJSON *error, struct cni_error *err)
{
	const char *msg = lease_json_text(error, "msg"),
		   *details = lease_json_text(error, "details");
	long code = CNI_ERR_INTERNAL;

	(void)lease_json_integer(error, "code", &code);
	(void)cni_fail(err, (unsigned)code, 0, "%s", msg ? msg : "failed without a reason");
	if (details)
		cni_error_details(err, "%s", details);
	return -EPROTO;
}

static int understand(const struct text *answer, cJSON **ret, struct cni_error *err)
{
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;
	const cJSON *error;

	if (answer->len == 0)
		return cni_fail(err, CNI_ERR_TRY_LATER, 0,
				"the DHCP daemon ended before it answered");
	if (json_parse(answer->s, answer->len, &json, &why) < 0 || !cJSON_IsObject(json)) {
		(void)cni_fail(err, CNI_ERR_INTERNAL, 0, "the DHCP daemon speaks another language");
		cni_error_details(err, "a daemon of another make is there: end it, and start the "
				       "one that came with this plugin");
		return -EPROTO;
	}
	error = json_get_exact(json, "error");
	if (error)
		return fail_as_told(error, err);
	*ret = steal(&json);
	return 0;
}

static int tell_where(const char *path, int r, struct cni_error *err)
{
	if (err && !err->details)
		cni_error_details(err,
				  "who listens at %s is stopped, at work, or another program: "
				  "`systemctl status cni-dhcp.service` tells more",
				  path);
	return r;
}

int ask_daemon(const char *socket_path, const struct text *line, int seconds, cJSON **ret,
	       struct cni_error *err)
{
	const struct deadline deadline = deadline_in(seconds ? seconds * 1000 : LONGEST_MS);
	cleanup_close int fd = dial(socket_path, deadline, err);
	cleanup_text struct text answer = { 0 };
	int r;

	if (fd < 0)
		return tell_where(socket_path, fd, err);
	r = file_write_fd(fd, line->s, line->len);
	if (r < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, -r, "writing to the DHCP daemon");
	r = read_answer(fd, deadline, &answer, err);
	return r < 0 ? tell_where(socket_path, r, err) : understand(&answer, ret, err);
}
