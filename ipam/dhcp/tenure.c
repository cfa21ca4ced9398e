/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows when an interface changes with its lease, and what goes on file. */
#include "tenure.h"

#include <errno.h>

#include "base/warn.h"
#include "service.h"
#include "settle.h"

enum { OWED_MS = 1000, OWED_DOUBLINGS = 6 };

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

static int take_off_left(struct holding *h, struct spot_visit *visit, struct cni_error *err)
{
	int r = h->left.ip_count ? settle(visit, &h->left, NULL, err) : 0;

	if (r == 0)
		holding_forget_left(h);
	return r;
}

static int change_now(struct daemon *d, struct holding *h, struct cni_error *err)
{
	cleanup_spot_visit struct spot_visit visit = SPOT_NOT_VISITED;
	cleanup_result struct result lease = { 0 };
	int r = spot_enter(&h->spot, &visit);

	if (r < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, -r, "the interface cannot be changed");
	r = take_off_left(h, &visit, err);
	if (r < 0 || !h->client.has_address || holding_result(h, &lease, NULL) < 0)
		return r;
	if (!h->is_settled) {
		h->is_settled = true;
		write_file(d, h);
	}
	return settle(&visit, NULL, &lease, err);
}

/*
 * Makes the interface what it should be. What the kernel lacks now it may have later. An interface
 * that is gone needs no change. The daemon may be killed at each step, so each is on file before it
 * is made: the next daemon makes them all.
 */
static void change(struct daemon *d, struct holding *h)
{
	cleanup_error struct cni_error err = { 0 };
	int r;

	h->owed_at = events_now();
	if (!h->owed_tries)
		write_file(d, h);
	r = change_now(d, h, &err);
	if (r < 0 && !h->owed_tries)
		cni_warn("%s: %s", h->owner, err.msg);

	if (r == 0 || r == -ENODEV) {
		h->owed_at = INT64_MAX;
		h->owed_tries = 0;
		holding_forget_left(h);
		return;
	}
	h->owed_at = events_now() + ((int64_t)OWED_MS << h->owed_tries);
	h->owed_tries += h->owed_tries < OWED_DOUBLINGS;
}

static void say(const struct holding *h, const char *what, const struct result *lease)
{
	char address[PREFIX_TEXT];

	cni_warn("%s: %s %s", h->owner, what, prefix_print(&lease->ips[0].address, address));
}

/* Of a lease that is the holding's no more; takes what it gave. */
static void note_left(struct holding *h, struct result *gave)
{
	if (!h->is_settled || !gave->ip_count)
		return;
	h->left = *gave;
	*gave = (struct result){ 0 };
	h->is_settled = false;
}

void tenure_lose(struct daemon *d, struct holding *h)
{
	cleanup_result struct result before = { 0 };

	if (h->is_settled && holding_result(h, &before, NULL) == 0)
		note_left(h, &before);
	if (h->left.ip_count) {
		if (!h->owed_tries)
			say(h, "the lease is over, off goes", &h->left);
		change(d, h);
	}
	write_file(d, h);
}

/* What the interface had until now is that of `before`, unless it had nothing. */
static void resettle(struct daemon *d, struct holding *h, struct result *before)
{
	cleanup_result struct result after = { 0 };
	cleanup_error struct cni_error err = { 0 };

	if (holding_result(h, &after, &err) < 0) {
		cni_warn("%s: %s", h->owner, err.msg);
		note_left(h, before); /* which may stay to the end of the lease */
		return;
	}
	if (h->is_settled && before->ip_count && settle_is_same(before, &after))
		return; /* put on already, or about to be */
	note_left(h, before);
	if (h->left.ip_count && settle_is_same(&h->left, &after))
		holding_forget_left(h); /* it is another's no more */
	say(h, "a new address:", &after);
	change(d, h);
}

void tenure_repeat(struct daemon *d, struct holding *h)
{
	change(d, h);
	write_file(d, h);
}

int tenure_join(struct daemon *d, struct holding *h, struct spot_visit *visit,
		struct cni_error *err)
{
	int r = take_off_left(h, visit, err);

	if (r < 0)
		return r;
	h->owed_at = INT64_MAX;
	h->owed_tries = 0;
	h->is_settled = h->client.has_address;
	tenure_keep(d, h);
	return 0;
}

void tenure_bind(struct daemon *d, struct holding *h, struct result *before)
{
	struct caller *asker = h->asker;

	h->is_told = false;
	if (!asker)
		resettle(d, h, before);
	h->asker = NULL;
	h->is_settled |= asker != NULL; /* who asked puts it on the interface */
	write_file(d, h);
	if (asker)
		caller_answer_lease(d, asker, h);
}
