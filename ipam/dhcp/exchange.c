/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows how long a socket stays open in a container, and when an ADD has waited long enough.
 */
#include "exchange.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/warn.h"
#include "conflict.h"
#include "outlet.h"
#include "service.h"
#include "sweep.h"
#include "tenure.h"

enum {
	/*
	 * Closing a packet socket takes the kernel 10 to 20 ms, which is done when nobody waits,
	 * but not much later.
	 */
	REST_MS = 100,
	REST_MOST_MS = 1000,
	LATE_MS = 50,
	HEARING_MS = 10000, /* an answer that takes longer meets a closed socket */
	PACKETS_MOST = 512, /* of one exchange: more is a flood */
	PACKETS_AT_ONCE = 16,
	CARRIER_PAUSE_MS = 20, /* doubled each time */
	CARRIER_TRIES = 8,
	CARRIER_FLAG = 1 << 16, /* IFF_LOWER_UP */
};

static void shut(struct daemon *d, struct holding *h)
{
	h->shut_at = INT64_MAX;
	if (h->socket.fd < 0)
		return;
	event_close(&h->socket);
	d->exchanges--;
}

/*
 * A daemon that is late keeps sockets for the next exchange: where leases of seconds are many,
 * closing takes longer than all the rest.
 */
static bool may_rest(const struct daemon *d, const struct holding *h, int64_t now)
{
	const bool is_late = now > h->due + LATE_MS && d->exchanges < d->exchanges_most;

	return now < h->bound_at + (is_late ? HEARING_MS : d->callers.count ? REST_MOST_MS : 0);
}

static void shut_at_leisure(struct daemon *d, struct holding *h, int64_t now)
{
	if (h->client.state == DHCP_BOUND && may_rest(d, h, now))
		h->shut_at = now + REST_MS;
	else
		shut(d, h);
}

static void sort(struct daemon *d, struct holding *h)
{
	int64_t due = h->client.deadline;

	due = h->shut_at < due ? h->shut_at : due;
	due = h->owed_at < due ? h->owed_at : due;
	due = h->asker && h->give_up < due ? h->give_up : due;
	if (due == h->due)
		return;
	h->due = due;
	holdings_sort(&d->holdings, h);
}

static void fail_asker(struct daemon *d, struct holding *h, const struct cni_error *err)
{
	struct caller *asker = h->asker;

	h->asker = NULL;
	if (asker)
		caller_fail(d, asker, err);
}

/* ---- packets out */

static int open_socket(struct daemon *d, struct holding *h, struct spot_visit *visit)
{
	cleanup_spot_visit struct spot_visit own = SPOT_NOT_VISITED;
	int r = 0;

	if (h->socket.fd >= 0)
		return 0;
	if (!visit) {
		visit = &own;
		r = spot_enter(&h->spot, visit);
	}
	if (r == 0)
		r = outlet_open(visit);
	if (r < 0)
		return r;
	h->socket.fd = r;
	r = events_add(&d->events, &h->socket, EPOLLIN);
	if (r < 0) {
		event_close(&h->socket);
		return r;
	}
	h->packets = 0;
	d->exchanges++;
	return 0;
}

/* A link that is down now may be up for the next try. */
static int send_out(struct daemon *d, struct holding *h, const struct dhcp_output *out,
		    struct spot_visit *visit, int64_t now)
{
	int r = out->is_probe ? conflict_probe(d, h, visit) : open_socket(d, h, visit);

	if (r == 0 && !out->is_probe) {
		r = outlet_send(h->socket.fd, h, out);
		h->shut_at = now + HEARING_MS;
	}
	if (r < 0)
		tenure_tell(h, "nothing can be sent", r);
	return r == -ESTALE || (r == -ENODEV && h->asker) ? r : 0;
}

/* ---- steps */

/* Nobody waits for this lease any more. A server may have granted it all the same. */
static void drop(struct daemon *d, struct holding *h)
{
	cleanup_close int sent_through = -1;

	if (h->client.has_address)
		return;
	if (dhcp_client_may_hold(&h->client))
		sent_through = exchange_release(h);
	daemon_forget(d, h);
}

static void tell_conflict(const struct holding *h, struct cni_error *err)
{
	char mac[MAC_TEXT];

	mac_print(h->taken_mac, mac);
	cni_error_details(
		err,
		"%u addresses that servers gave were in use, the last, %u.%u.%u.%u, by %s "
		"(conflictCheck)",
		h->client.conflicts, h->taken[0], h->taken[1], h->taken[2], h->taken[3], mac);
}

static void give_up(struct daemon *d, struct holding *h)
{
	cleanup_error struct cni_error err = { 0 };

	(void)cni_fail(&err, CNI_ERR_INTERNAL, 0, "no more tries");
	if (h->client.conflicts)
		tell_conflict(h, &err);
	else if (h->client.heard)
		cni_error_details(
			&err,
			"%s heard %u answers of DHCP servers, none of them a lease that can be used: "
			"is the server's pool full?",
			h->ifname, h->client.heard);
	else
		cni_error_details(
			&err,
			"%s heard no DHCP server: is there one on this network and in this VLAN, "
			"and does what lies between let UDP ports 67 and 68 pass?",
			h->ifname);
	fail_asker(d, h, &err);
	drop(d, h);
}

void exchange_end(struct daemon *d, struct holding *h)
{
	cleanup_error struct cni_error err = { 0 };

	(void)cni_fail(&err, CNI_ERR_INTERNAL, 0, "%s went away while it asked for a lease",
		       h->ifname);
	fail_asker(d, h, &err);
	daemon_forget(d, h);
}

static void vanish(struct daemon *d, struct holding *h)
{
	if (h->asker)
		exchange_end(d, h);
	else
		sweep_plan(d);
}

/* The other end of a new interface may need a moment. */
static bool lacks_carrier(struct holding *h, struct spot_visit *visit, int64_t now)
{
	cleanup_spot_visit struct spot_visit own = SPOT_NOT_VISITED;

	if (!h->asker || h->client.state != DHCP_INIT || h->without_carrier == CARRIER_TRIES)
		return false;
	if (!visit) {
		visit = &own;
		if (spot_enter(&h->spot, visit) < 0)
			return false;
	}
	if (visit->link.flags & CARRIER_FLAG)
		return false;
	h->client.deadline = now + ((int64_t)CARRIER_PAUSE_MS << h->without_carrier++);
	return true;
}

static void begin_use(struct daemon *d, struct holding *h, struct result *before, int64_t now)
{
	conflict_end(h);
	tenure_bind(d, h, before);
	h->bound_at = now;
	h->shut_at = now + REST_MS;
}

void exchange_step(struct daemon *d, struct holding *h, struct spot_visit *visit)
{
	const int64_t now = events_now();
	struct dhcp_output out = { .is_due = false };
	enum dhcp_news news = DHCP_NO_NEWS;
	int r = 0;

	if (now >= h->shut_at)
		shut_at_leisure(d, h, now);
	if (now >= h->owed_at)
		tenure_repeat(d, h);
	if (h->asker && now >= h->give_up) {
		give_up(d, h);
		return;
	}
	if (now >= h->client.deadline && h->socket.fd < 0 && d->exchanges >= d->exchanges_most)
		h->client.deadline = now + 50 + dhcp_client_spread(&h->client, 100);
	if (now >= h->client.deadline && !lacks_carrier(h, visit, now)) {
		news = dhcp_client_step(&h->client, now, &out);
		if (news == DHCP_NEWS_LOST)
			tenure_lose(d, h);
		if (news == DHCP_NEWS_BOUND)
			begin_use(d, h, &(struct result){ 0 }, now);
		if (out.is_due)
			r = send_out(d, h, &out, visit, now);
	}
	sort(d, h);
	if (r < 0)
		vanish(d, h);
}

/* ---- packets in */

static void keep_server(struct holding *h, const struct sockaddr_ll *from)
{
	if (from->sll_halen != MAC_SIZE)
		return;
	memcpy(h->server_mac, from->sll_addr, MAC_SIZE);
	h->has_server_mac = true;
}

/* True when the exchange is over for now. */
static bool hear_one(struct daemon *d, struct holding *h, const uint8_t *message, size_t size,
		     const struct sockaddr_ll *from)
{
	cleanup_result struct result before = { 0 };
	struct dhcp_output out;
	enum dhcp_news news;
	const int64_t now = events_now();

	if (h->client.ack)
		ignore(holding_result(h, &before,
				      NULL)); /* some servers leave out what is needed */
	news = dhcp_client_receive(&h->client, now, message, size, &out);
	if (out.is_due || news == DHCP_NEWS_BOUND)
		keep_server(h, from); /* an offer is answered, or a lease granted */
	if (out.is_due && !out.is_probe)
		tenure_note(d, h);
	if (out.is_due)
		ignore(send_out(d, h, &out, NULL, now)); /* the next step tries again */
	if (news == DHCP_NEWS_LOST)
		tenure_lose(d, h);
	if (news != DHCP_NEWS_BOUND)
		return false;
	begin_use(d, h, &before, now);
	return true;
}

static void hear(struct event *event, uint32_t what, void *data)
{
	struct holding *h = (struct holding *)((char *)event - offsetof(struct holding, socket));
	struct daemon *d = data;
	uint8_t bytes[DHCP_PACKET_MOST];
	int r = 0;

	for (int i = 0; i < PACKETS_AT_ONCE && h->socket.fd >= 0; i++) {
		struct sockaddr_ll from = { 0 };
		const uint8_t *message;
		size_t size;

		r = outlet_receive(h->socket.fd, bytes, &from, &message, &size);
		if (r == -EAGAIN || r == -EINTR)
			break;
		if (r < 0 || ++h->packets > PACKETS_MOST) {
			shut(d, h); /* the link went down, or somebody floods it */
			break;
		}
		if (r > 0 && hear_one(d, h, message, size, &from))
			break;
	}
	(void)what;
	sort(d, h);
}

void exchange_begin(struct daemon *d, struct holding *h, struct spot_visit *visit)
{
	h->socket.heard = hear;
	holdings_add(&d->holdings, h);
	exchange_step(d, h, visit);
}

void exchange_take_up(struct daemon *d, struct holding *h, enum dhcp_news news)
{
	if (news == DHCP_NEWS_LOST)
		tenure_lose(d, h);
	exchange_begin(d, h, NULL);
}

/* What it was sent through, or -errno. */
static int send_from_spot(const struct holding *h, const struct dhcp_output *out)
{
	cleanup_spot_visit struct spot_visit visit = SPOT_NOT_VISITED;
	cleanup_close int fd = -1;
	int r = spot_enter(&h->spot, &visit);

	if (r < 0)
		return r;
	fd = outlet_open(&visit);
	r = fd < 0 ? fd : outlet_send(fd, h, out);
	return r < 0 ? r : steal_fd(&fd);
}

/* What failed for want of descriptors or memory may go the second time; where nothing is left, it
 * will not. */
int exchange_release(struct holding *h)
{
	struct dhcp_output out;
	int fd;

	dhcp_client_release(&h->client, &out);
	if (!out.is_due)
		return -1;
	fd = send_from_spot(h, &out);
	if (fd < 0 && fd != -ESTALE && fd != -ENODEV)
		fd = send_from_spot(h, &out);
	if (fd < 0)
		cni_warn("%s: the lease could not be given back and ends by itself", h->owner);
	return fd;
}

void exchange_taken(struct daemon *d, struct holding *h, const uint8_t mac[MAC_SIZE])
{
	const int64_t now = events_now();
	struct dhcp_output out;

	memcpy(h->taken, h->client.terms.address, sizeof(h->taken));
	memcpy(h->taken_mac, mac, MAC_SIZE);
	conflict_end(h);
	dhcp_client_decline(&h->client, now, &out);
	if (out.is_due)
		ignore(send_out(d, h, &out, NULL, now)); /* the server finds out by itself */
	sort(d, h);
}

void exchange_abort(struct daemon *d, struct holding *h)
{
	h->asker = NULL;
	h->give_up = INT64_MAX;
	drop(d, h);
}
