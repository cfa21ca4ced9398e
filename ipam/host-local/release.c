/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which leases go with an attachment, and what becomes of their addresses. */
#include "release.h"

#include <errno.h>

#include "base/warn.h"

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

/* Where no folder is, nothing was leased; a DEL that refused would stop those behind it. */
static int open_if_folder(const struct store_place *place, struct store *ret, struct cni_error *err)
{
	cleanup_error struct cni_error why = { 0 };
	int r = store_open(place, false, ret, &why);

	if (r == -ENOTDIR) {
		warn("%s; nothing is released there", why.msg);
		return 0;
	}
	if (r < 0 && err) {
		*err = why;
		why = (struct cni_error){ 0 };
	}
	return r;
}

int release_leases(const struct store_place *place, const struct attachment *owner,
		   const struct lease_conf *conf, struct cni_error *err)
{
	cleanup_store_leases struct store_leases leases = { 0 };
	cleanup_store struct store store = STORE_NONE;
	enum lease_match best;
	int r = open_if_folder(place, &store, err);
	int first = 0;

	if (r <= 0)
		return r;
	r = store_find(&store, owner, &leases, err);
	if (r < 0)
		return r;
	best = best_match(&leases);
	for (size_t i = 0; i < leases.count; i++) {
		if (leases.items[i].match != best)
			continue;
		r = release_one(&store, &leases.items[i].addr, conf, err);
		if (first == 0)
			first = r;
	}
	return first;
}
