/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a lease is given back without a daemon. */
#include "orphan.h"

#include <errno.h>

#include "base/alloc.h"
#include "exchange.h"
#include "service_verbs.h"

static void give_back(struct holding *h)
{
	cleanup_free uint8_t *ack = steal(&h->client.ack);
	cleanup_close int sent_through = -1;
	uint8_t seed[DHCP_SEED_SIZE];
	enum dhcp_news news;

	service_seed(seed);
	memcpy(h->client.seed, seed, sizeof(seed));
	if (!ack || dhcp_client_resume(&h->client, ack, h->client.ack_size, h->client.since,
				       events_now(), seed, &news) == 0)
		sent_through = exchange_release(h);
	holding_free(h);
}

int orphan_release(const char *socket_path, const char *owner, const char *token,
		   struct cni_error *err)
{
	cleanup_free char *path = lease_folder_path(socket_path);
	cleanup_lease_folder struct lease_folder folder = LEASE_FOLDER_CLOSED;
	struct holding *h;
	int r = lease_folder_open(path, false, &folder);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return cni_fail(err, CNI_ERR_STORE, -r, "cannot use %s", path);
	if (lease_folder_read(&folder, owner, &h) == 0) {
		if (!holding_is_of(h, token)) {
			holding_free(h); /* a later ADD has it */
			return 0;
		}
		give_back(h);
	}
	lease_folder_remove(&folder, owner);
	return 0;
}
