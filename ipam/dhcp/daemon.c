/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of the daemon:
 *   1. the folder of leases, which nobody else may have
 *   2. the socket: inherited, or our own in the place of one that a killed daemon left
 *   3. leases that are on file are taken up
 *   4. events, until a signal or, when it was inherited, until there is nothing to do for long
 */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/privileges.h"
#include "base/signals.h"
#include "base/text.h"
#include "base/warn.h"
#include "exchange.h"
#include "listener.h"
#include "service_verbs.h"
#include "sweep.h"
#include "tenure.h"

enum {
	IDLE_MS = 300000,
	DESCRIPTORS = 4096,
};

/* It enters namespaces of whoever owns them, and changes and hears their interfaces. */
static const struct privileges privileges = { PRIVILEGES_REACH | PRIVILEGE(CAP_NET_ADMIN) |
					      PRIVILEGE(CAP_NET_RAW) };

void daemon_forget(struct daemon *d, struct holding *h)
{
	d->exchanges -= h->socket.fd >= 0;
	lease_folder_remove(&d->folder, h->owner);
	holdings_remove(&d->holdings, h);
	holding_free(h);
}

static int listen_at(struct daemon *d, struct cni_error *err)
{
	bool is_inherited;
	int r = listener_open(d->socket_path, &is_inherited, err);

	if (r < 0)
		return r;
	event_close(&d->listener);
	d->listener = (struct event){ .fd = r, .heard = service_accept };
	d->is_activated = is_inherited;
	r = events_add(&d->events, &d->listener, EPOLLIN);
	return r < 0 ? cni_fail(err, CNI_ERR_INTERNAL, -r, "cannot wait for callers") : 0;
}

/* Somebody may have removed our socket; systemd looks after its own. */
static void look_after_socket(struct daemon *d)
{
	cleanup_error struct cni_error err = { 0 };

	if (d->is_activated || access(d->socket_path, F_OK) == 0 || errno != ENOENT)
		return;
	if (listen_at(d, &err) < 0)
		cni_warn("%s", err.msg);
	sweep_watch(d, d->socket_path);
}

static int open_folder(struct daemon *d, struct cni_error *err)
{
	cleanup_free char *path = lease_folder_path(d->socket_path);
	int r = lease_folder_open(path, true, &d->folder);

	if (r == -EWOULDBLOCK)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "another daemon looks after %s", path);
	return r < 0 ? cni_fail(err, CNI_ERR_STORE, -r, "cannot use %s", path) : 0;
}

/* And our leases, which the next daemon shall find. */
static void look_after_folder(struct daemon *d)
{
	cleanup_error struct cni_error err = { 0 };

	if (lease_folder_is_there(&d->folder))
		return;
	lease_folder_close(&d->folder);
	if (open_folder(d, &err) < 0) {
		cni_warn("%s", err.msg);
		return;
	}
	for (size_t i = 0; i < d->holdings.count; i++)
		tenure_keep(d, d->holdings.heap[i]);
	sweep_watch(d, d->socket_path);
}

/* ---- start */

/* The ADD that asked ended with the daemon of then, which did not hear what the server said. */
static void drop_unanswered(struct daemon *d, struct holding *h)
{
	cleanup_close int sent_through = -1;

	service_seed(h->client.seed);
	sent_through = exchange_release(h);
	lease_folder_remove(&d->folder, h->owner);
	holding_free(h);
}

static int take_up_one(struct daemon *d, struct holding *h)
{
	struct dhcp_client *c = &h->client;
	const int64_t now = events_now();
	const int64_t since = c->since < now ? c->since : now;
	cleanup_free uint8_t *ack = steal(&c->ack);
	uint8_t seed[DHCP_SEED_SIZE];
	enum dhcp_news news;
	int r;

	if (!ack) {
		drop_unanswered(d, h);
		return 0;
	}
	service_prepare_client(d, &c->wishes);
	service_seed(seed);
	r = dhcp_client_resume(c, ack, c->ack_size, since, now, seed, &news);
	if (r < 0 || holdings_find(&d->holdings, h->owner))
		return -EBADMSG;
	sweep_watch(d, h->spot.path);
	exchange_take_up(d, h, news);
	return 0;
}

static void take_up(struct holding *h, void *data)
{
	if (take_up_one(data, h) == 0)
		return;
	cni_warn("%s: what is on file is no lease", h->owner);
	holding_free(h);
}

/* Leases have a quarter of the descriptors, 1,024 at most; the callers come on top. */
static void raise_limits(struct daemon *d)
{
	struct rlimit limit, raised;

	d->exchanges_most = 256;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	raised = limit;
	raised.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
	if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
		limit = raised; /* else fewer do as well */
	d->exchanges_most = limit.rlim_cur < DESCRIPTORS ? limit.rlim_cur / 4 : DESCRIPTORS / 4;
	d->exchanges_most += !d->exchanges_most;
}

static void hear_signal(struct event *event, uint32_t what, void *data)
{
	struct daemon *d = data;

	(void)event;
	(void)what;
	d->is_ending = true;
}

static int open_signals(struct daemon *d)
{
	sigset_t mask, before;

	signals_hold(&before);
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGTERM);
	(void)sigaddset(&mask, SIGINT);
	d->signals = (struct event){ .fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK),
				     .heard = hear_signal };
	return d->signals.fd < 0 ? -errno : events_add(&d->events, &d->signals, EPOLLIN);
}

static int write_pid(const struct daemon *d, struct cni_error *err)
{
	const char *path = d->flags.pid_file;
	cleanup_close int fd = -1;
	char text[16];
	int r;

	if (!*path)
		return 0;
	(void)snprintf(text, sizeof(text), "%d", (int)getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	r = fd < 0 ? -errno : file_write_fd(fd, text, strlen(text));
	return r < 0 ? cni_fail(err, CNI_ERR_INTERNAL, -r, "Error writing pidfile \"%s\"", path)
		     : 0;
}

static int start(struct daemon *d, struct cni_error *err)
{
	int r;

	raise_limits(d);
	r = open_folder(d, err);
	if (r < 0)
		return r;
	r = events_open(&d->events) ?: open_signals(d) ?: sweep_open(d);
	if (r < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, -r, "cannot wait for events");
	r = listen_at(d, err);
	if (r < 0)
		return r;
	sweep_watch(d, d->socket_path);
	r = lease_folder_each(&d->folder, take_up, d);
	if (r < 0)
		return cni_fail(err, CNI_ERR_STORE, -r, "cannot read the leases on file");
	sweep_plan(d); /* for what went while nobody looked */
	return write_pid(d, err);
}

/* ---- events */

static int64_t next_time(struct daemon *d, int64_t now)
{
	const struct holding *first = holdings_first(&d->holdings);
	const bool is_idle = d->is_activated && !first && !d->callers.count;
	int64_t until = first ? first->due : INT64_MAX;

	if (!is_idle)
		d->idle_at = INT64_MAX;
	else if (d->idle_at == INT64_MAX)
		d->idle_at = now + IDLE_MS;
	until = d->sweep_at < until ? d->sweep_at : until;
	until = d->listen_at < until ? d->listen_at : until;
	return d->idle_at < until ? d->idle_at : until;
}

static void take_turn(struct holding *h, void *data)
{
	exchange_step(data, h, NULL);
}

static void do_what_is_due(struct daemon *d)
{
	const int64_t now = events_now();

	if (now >= d->listen_at) {
		ignore(events_change(&d->events, &d->listener, EPOLLIN)); /* it did so before */
		d->listen_at = INT64_MAX;
	}
	if (now >= d->sweep_at) {
		look_after_folder(d);
		look_after_socket(d);
		sweep(d);
	}
	holdings_take_turns(&d->holdings, events_now, take_turn, d);
	if (now >= d->idle_at)
		d->is_ending = true;
}

static int work(struct daemon *d)
{
	int r = 0;

	while (r >= 0 && !d->is_ending) {
		r = events_wait(&d->events, next_time(d, events_now()), d);
		if (r > 0)
			do_what_is_due(d);
	}
	return r < 0 ? r : 0;
}

/* Leases stay: the next daemon takes them up. */
static void daemon_end(struct daemon *d)
{
	service_close(d);
	if (d->listener.fd >= 0 && !d->is_activated)
		(void)unlink(d->socket_path); /* whoever starts next finds it or not */
	if (d->listener.fd >= 0 && *d->flags.pid_file)
		(void)unlink(d->flags.pid_file);
	event_close(&d->listener);
	event_close(&d->signals);
	event_close(&d->watch);
	holdings_release(&d->holdings);
	lease_folder_close(&d->folder);
	events_close(&d->events);
	free(d->socket_path);
}

int daemon_run(char *const *arguments)
{
	cleanup_error struct cni_error err = { 0 };
	cleanup_with(daemon_end) struct daemon d = { .events = EVENTS_CLOSED,
						     .listener.fd = -1,
						     .signals.fd = -1,
						     .watch.fd = -1,
						     .folder = LEASE_FOLDER_CLOSED,
						     .sweep_at = INT64_MAX,
						     .listen_at = INT64_MAX,
						     .idle_at = INT64_MAX };
	int r = flags_parse(arguments, &d.flags, &err);

	if (r < 0) {
		cni_warn("%s", err.msg);
		ignore(file_write_fd(STDERR_FILENO, flags_usage, strlen(flags_usage)));
		return 2;
	}
	d.socket_path = xasprintf("%s%s", d.flags.host_prefix, d.flags.socket_path);
	privileges_drop(&privileges, false);
	r = start(&d, &err) ?: work(&d);
	if (r == 0)
		return 0;
	(void)cni_fail(&err, CNI_ERR_INTERNAL, -r, "waiting for events failed");
	cni_warn("%s", err.msg);
	return 1;
}
