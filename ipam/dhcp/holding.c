/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a holding begins and ends. */
#include "holding.h"

#include "base/alloc.h"
#include "base/text.h"

struct holding *holding_make(const char *owner, const char *ifname)
{
	struct holding *h = xcalloc(1, sizeof(*h));

	h->owner = xstrdup(owner);
	h->ifname = xstrdup(ifname);
	h->socket.fd = h->arp.fd = -1;
	h->shut_at = h->give_up = h->due = h->owed_at = INT64_MAX;
	return h;
}

void holding_forget_left(struct holding *h)
{
	result_release(&h->left);
	h->left = (struct result){ 0 };
}

void holding_free(struct holding *h)
{
	event_close(&h->socket);
	event_close(&h->arp);
	dhcp_client_free(&h->client);
	holding_forget_left(h);
	free(h->spot.path);
	free(h->token);
	free(h->owner);
	free(h->ifname);
	free(h);
}

bool holding_is_of(const struct holding *h, const char *token)
{
	return !token || (h->token && text_equal(h->token, token));
}

int holding_result(const struct holding *h, struct result *ret, struct cni_error *err)
{
	struct dhcp_reply reply;

	if (!h->client.ack || dhcp_reply_parse(h->client.ack, h->client.ack_size, &reply) < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "%s has no lease", h->owner);
	return dhcp_terms_result(&reply, h->priority, h->link_mtu, ret, err);
}
