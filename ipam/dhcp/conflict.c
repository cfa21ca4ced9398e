/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows when the socket for ARP is open: while an address is checked. */
#include "conflict.h"

#include <errno.h>
#include <sys/epoll.h>

#include "exchange.h"
#include "net/arp.h"

enum { PACKETS_AT_ONCE = 16 };

static void hear(struct event *event, uint32_t what, void *data)
{
	struct holding *h = (struct holding *)((char *)event - offsetof(struct holding, arp));
	uint8_t mac[MAC_SIZE];
	int r = 0;

	(void)what;
	for (int i = 0; r >= 0 && i < PACKETS_AT_ONCE; i++) {
		r = arp_hear(event->fd, h->spot.mac, h->client.terms.address, mac);
		if (r > 0) {
			exchange_taken(data, h, mac);
			return;
		}
	}
	if (r < 0 && r != -EAGAIN && r != -EINTR)
		conflict_end(h); /* the link went down; the next probe opens another */
}

static int open_socket(struct daemon *d, struct holding *h, struct spot_visit *visit)
{
	cleanup_spot_visit struct spot_visit own = SPOT_NOT_VISITED;
	int r = 0;

	if (h->arp.fd >= 0)
		return 0;
	if (!visit) {
		visit = &own;
		r = spot_enter(&h->spot, visit);
	}
	if (r == 0)
		r = arp_open(visit->link.index, h->client.terms.address);
	if (r < 0)
		return r;
	h->arp = (struct event){ .fd = r, .heard = hear };
	r = events_add(&d->events, &h->arp, EPOLLIN);
	if (r < 0)
		conflict_end(h);
	return r;
}

int conflict_probe(struct daemon *d, struct holding *h, struct spot_visit *visit)
{
	return open_socket(d, h, visit)
		       ?: arp_probe(h->arp.fd, h->spot.index, h->spot.mac, h->client.terms.address);
}

void conflict_end(struct holding *h)
{
	event_close(&h->arp);
}
