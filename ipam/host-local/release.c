/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which leases go with an attachment, and what becomes of their addresses. */
#include "release.h"

static int release_one(struct store *store, const struct addr *addr, const struct lease_conf *conf,
		       struct cni_error *err)
{
	const struct store_rest rest = {
		.cooldown_seconds = conf->cooldown_seconds,
		.sticky_seconds = conf->sticky ? conf->sticky_seconds : 0,
	};
	char buffer[ADDR_TEXT];
	int r = store_release(store, addr, &rest);

	if (r < 0)
		return cni_fail(err, CNI_ERR_STORE, -r, "lease directory %s: cannot release %s",
				store->path, addr_print(addr, buffer));
	return 0;
}

/* Leases of the old format name no interface: they go only when none names this one. */
static enum lease_match best_match(const struct store_leases *leases)
{
	enum lease_match best = LEASE_OTHER;

	for (size_t i = 0; i < leases->count; i++)
		if (leases->items[i].match > best)
			best = leases->items[i].match;
	return best;
}

int release_leases(const struct store_place *place, const struct attachment *owner,
		   const struct lease_conf *conf, struct cni_error *err)
{
	cleanup_store_leases struct store_leases leases = { 0 };
	cleanup_store struct store store = STORE_NONE;
	int r = store_open(place, false, &store, err);
	int first = 0;

	if (r <= 0)
		return r;
	r = store_find(&store, owner, &leases, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < leases.count; i++) {
		if (leases.items[i].match != best_match(&leases))
			continue;
		r = release_one(&store, &leases.items[i].addr, conf, err);
		if (first == 0)
			first = r;
	}
	return first;
}
