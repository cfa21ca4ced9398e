/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows connections: who may call, and how a line comes in and goes out in pieces. */
#include "service.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/warn.h"
#include "exchange.h"
#include "service_verbs.h"

enum {
	CALLERS_MOST = 512,
	DEAF_MS = 50,
	LINE_MOST = 64 * 1024, /* the options of a DHCP message, in hex, and names */
};

static void hang_up(struct daemon *d, struct caller *caller)
{
	struct caller **link = &d->callers.first;

	while (*link != caller)
		link = &(*link)->next;
	*link = caller->next;
	d->callers.count--;
	event_close(&caller->event);
	text_release(&caller->in);
	text_release(&caller->out);
	free(caller);
}

/* Whoever hangs up while waiting for a lease wants none. */
static void lose_caller(struct daemon *d, struct caller *caller)
{
	struct holding *h = caller->waits_for;

	hang_up(d, caller);
	if (h)
		exchange_abort(d, h);
}

/* Sends what the socket takes now; hangs up behind the last byte. */
static void flush(struct daemon *d, struct caller *caller)
{
	while (caller->sent < caller->out.len) {
		ssize_t size = send(caller->event.fd, caller->out.s + caller->sent,
				    caller->out.len - caller->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (size < 0 && errno == EAGAIN &&
		    events_change(&d->events, &caller->event, EPOLLOUT) == 0)
			return;
		if (size < 0)
			break;
		caller->sent += (size_t)size;
	}
	hang_up(d, caller);
}

void caller_answer(struct daemon *d, struct caller *caller, const struct text *line)
{
	caller->waits_for = NULL;
	text_add_bytes(&caller->out, line->s, line->len);
	text_add(&caller->out, "\n");
	flush(d, caller);
}

void caller_answer_lease(struct daemon *d, struct caller *caller, const struct holding *h)
{
	cleanup_text struct text line = { 0 };
	struct json_writer w = { .out = &line, .compact = true };

	json_open(&w, NULL, '{');
	lease_json_put_bytes(&w, "ack", h->client.ack, h->client.ack_size);
	json_integer(&w, "linkMtu", h->link_mtu);
	json_close(&w, '}');
	caller_answer(d, caller, &line);
}

void caller_fail(struct daemon *d, struct caller *caller, const struct cni_error *err)
{
	cleanup_text struct text line = { 0 };
	struct json_writer w = { .out = &line, .compact = true };

	json_open(&w, NULL, '{');
	json_open(&w, "error", '{');
	json_integer(&w, "code", (long)err->code);
	json_string(&w, "msg", err->msg);
	if (err->details)
		json_string(&w, "details", err->details);
	json_close(&w, '}');
	json_close(&w, '}');
	caller_answer(d, caller, &line);
}

/* The reference's plugin shows these words in its error. */
static void refuse_rpc(struct daemon *d, struct caller *caller)
{
	static const char words[] =
		"HTTP/1.0 400 this daemon and the plugin dhcp must be of one kind: replace both\r\n\r\n";

	text_add(&caller->out, words);
	flush(d, caller);
}

static void read_line(struct daemon *d, struct caller *caller)
{
	char *end = memchr(caller->in.s, '\n', caller->in.len);

	if (!end)
		return;
	if (text_starts_with(caller->in.s, "CONNECT "))
		refuse_rpc(d, caller);
	else
		service_serve(d, caller, (size_t)(end - caller->in.s));
}

static void hear_caller(struct event *event, uint32_t what, void *data)
{
	struct caller *caller = (struct caller *)((char *)event - offsetof(struct caller, event));
	struct daemon *d = data;
	char bytes[4096];
	ssize_t size;

	if (caller->out.len) {
		flush(d, caller);
		return;
	}
	size = recv(event->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (size < 0 && errno == EAGAIN)
		return;
	(void)what;
	/* One line is all that is said; the end of it is no wish to stop waiting. */
	if (size <= 0 || caller->waits_for || caller->in.len + (size_t)size > LINE_MOST) {
		lose_caller(d, caller);
		return;
	}
	text_add_bytes(&caller->in, bytes, (size_t)size);
	read_line(d, caller);
}

static bool is_root(int fd)
{
	struct ucred who;
	socklen_t size = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && who.uid == 0;
}

/* The oldest that does not wait for a lease makes room. */
static void make_room(struct daemon *d)
{
	struct caller *oldest = NULL;

	for (struct caller *c = d->callers.first; c; c = c->next)
		if (!c->waits_for)
			oldest = c;
	if (oldest)
		lose_caller(d, oldest);
}

/* Else who called has gone again. */
static void lack_descriptor(struct daemon *d, int reason)
{
	if (reason != EMFILE && reason != ENFILE && reason != ENOMEM && reason != ENOBUFS)
		return;
	make_room(d);
	/* Who waits at the door would wake us again and again. */
	if (events_change(&d->events, &d->listener, 0) == 0)
		d->listen_at = events_now() + DEAF_MS;
}

void service_accept(struct event *event, uint32_t what, void *daemon)
{
	struct daemon *d = daemon;
	cleanup_close int fd = accept4(event->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct caller *caller;

	(void)what;
	if (fd < 0) {
		lack_descriptor(d, errno);
		return;
	}
	if (!is_root(fd)) {
		cni_warn("a caller who is not root was turned away");
		return;
	}
	if (d->callers.count >= CALLERS_MOST)
		make_room(d);
	if (d->callers.count >= CALLERS_MOST)
		return;
	caller = xcalloc(1, sizeof(*caller));
	caller->event = (struct event){ .fd = steal_fd(&fd), .heard = hear_caller };
	caller->next = d->callers.first;
	d->callers.first = caller;
	d->callers.count++;
	if (events_add(&d->events, &caller->event, EPOLLIN) < 0)
		hang_up(d, caller);
}

void service_close(struct daemon *d)
{
	while (d->callers.first)
		hang_up(d, d->callers.first);
}
