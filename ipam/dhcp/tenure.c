/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows when an interface changes with its lease, and what goes on file. */
#include "tenure.h"

#include "base/warn.h"
#include "service.h"
#include "settle.h"

void tenure_tell(struct holding *h, const char *what, int r)
{
	cleanup_free char *why = error_text(-r);

	if (!h->is_told)
		cni_warn("%s: %s: %s", h->owner, what, why);
	h->is_told = true;
}

static void write_file(struct daemon *d, const struct holding *h)
{
	cleanup_free char *reason = NULL;
	int r = lease_folder_write(&d->folder, h);

	if (r == 0)
		return;
	reason = error_text(-r);
	cni_warn("%s: the lease could not be written down and ends with this daemon: %s", h->owner,
		 reason);
}

void tenure_note(struct daemon *d, const struct holding *h)
{
	if (h->asker && !h->client.ack)
		write_file(d, h);
}

void tenure_keep(struct daemon *d, const struct holding *h)
{
	if (h->client.ack || h->client.state == DHCP_REQUESTING)
		write_file(d, h);
}

static void change(struct holding *h, const struct result *before, const struct result *after)
{
	cleanup_spot_visit struct spot_visit visit = SPOT_NOT_VISITED;
	cleanup_error struct cni_error err = { 0 };
	int r = spot_enter(&h->spot, &visit);

	if (r < 0) {
		tenure_tell(h, "the interface cannot be changed", r);
		return;
	}
	if (settle(&visit, before, after, &err) < 0)
		cni_warn("%s: %s", h->owner, err.msg);
}

static void say(const struct holding *h, const char *what, const struct result *lease)
{
	char address[PREFIX_TEXT];

	cni_warn("%s: %s %s", h->owner, what, prefix_print(&lease->ips[0].address, address));
}

void tenure_lose(struct daemon *d, struct holding *h)
{
	cleanup_result struct result before = { 0 };

	if (h->is_settled && holding_result(h, &before, NULL) == 0) {
		say(h, "the lease is over, off goes", &before);
		change(h, &before, NULL);
	}
	h->is_settled = false;
	write_file(d, h);
}

/* What the interface had until now is that of `before`, unless it had nothing. */
static void resettle(struct holding *h, const struct result *before)
{
	cleanup_result struct result after = { 0 };
	cleanup_error struct cni_error err = { 0 };

	if (holding_result(h, &after, &err) < 0) {
		cni_warn("%s: %s", h->owner, err.msg);
		return;
	}
	if (h->is_settled && before->ip_count && settle_is_same(before, &after))
		return;
	say(h, "a new address:", &after);
	change(h, h->is_settled && before->ip_count ? before : NULL, &after);
	h->is_settled = true;
}

void tenure_bind(struct daemon *d, struct holding *h, const struct result *before)
{
	struct caller *asker = h->asker;

	h->is_told = false;
	if (!asker)
		resettle(h, before);
	h->asker = NULL;
	h->is_settled |= asker != NULL; /* who asked puts it on the interface */
	write_file(d, h);
	if (asker)
		caller_answer_lease(d, asker, h);
}
