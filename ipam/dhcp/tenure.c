/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows when an interface changes with its lease, and what goes on file. */
#include "tenure.h"

#include <errno.h>

#include "base/alloc.h"
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
	while (h->left_count) {
		struct result *last = &h->left[h->left_count - 1];
		int r = settle(visit, last, NULL, err);

		if (r < 0)
			return r;
		result_release(last);
		h->left_count--;
	}
	return 0;
}

static int change_now(struct holding *h, const struct result *before, const struct result *after,
		      struct cni_error *err)
{
	cleanup_spot_visit struct spot_visit visit = SPOT_NOT_VISITED;
	int r = spot_enter(&h->spot, &visit);

	if (r < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, -r, "the interface cannot be changed");
	r = take_off_left(h, &visit, err);
	return r < 0 || (!before && !after) ? r : settle(&visit, before, after, err);
}

static void note_left(struct holding *h, struct result *before)
{
	for (size_t i = 0; i < h->left_count; i++)
		if (settle_is_same(&h->left[i], before))
			return;
	h->left = xgrow(h->left, h->left_count, sizeof(*h->left));
	h->left[h->left_count++] = *before;
	*before = (struct result){ 0 };
}

/*
 * What the kernel lacks now it may have later. An interface that is gone needs no change. Takes
 * what `before` holds when that may be on the interface still: the next lease may come, and fail,
 * before it is off.
 */
static void change(struct holding *h, struct result *before, const struct result *after)
{
	cleanup_error struct cni_error err = { 0 };
	int r = change_now(h, before, after, &err);

	if (r < 0 && !h->owed_tries)
		cni_warn("%s: %s", h->owner, err.msg);

	if (r == 0 || r == -ENODEV) {
		h->owed_at = INT64_MAX;
		h->owed_tries = 0;
		holding_forget_left(h);
		return;
	}
	if (before)
		note_left(h, before);
	h->owed_at = events_now() + ((int64_t)OWED_MS << h->owed_tries);
	h->owed_tries += h->owed_tries < OWED_DOUBLINGS;
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
		if (!h->owed_tries)
			say(h, "the lease is over, off goes", &before);
		change(h, &before, NULL);
	}
	h->is_settled = h->owed_at < INT64_MAX;
	write_file(d, h);
}

/* What the interface had until now is that of `before`, unless it had nothing. */
static void resettle(struct holding *h, struct result *before)
{
	cleanup_result struct result after = { 0 };
	cleanup_error struct cni_error err = { 0 };
	const bool had_address = h->is_settled && before->ip_count;

	if (holding_result(h, &after, &err) < 0) {
		cni_warn("%s: %s", h->owner, err.msg);
		return;
	}
	if (had_address && settle_is_same(before, &after))
		return; /* put on already, or about to be */
	say(h, "a new address:", &after);
	change(h, had_address ? before : NULL, &after);
	h->is_settled = true;
}

void tenure_repeat(struct daemon *d, struct holding *h)
{
	cleanup_result struct result lease = { 0 };

	h->owed_at = INT64_MAX;
	if (h->client.has_address) {
		if (holding_result(h, &lease, NULL) == 0)
			change(h, NULL, &lease);
		return;
	}
	change(h, NULL, NULL);
	h->is_settled = h->owed_at < INT64_MAX;
	write_file(d, h);
}

void tenure_bind(struct daemon *d, struct holding *h, struct result *before)
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
