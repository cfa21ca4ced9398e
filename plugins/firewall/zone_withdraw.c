/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which sources go, and which come back: by whose their addresses are in the table of ours.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "base/text.h"
#include "base/warn.h"
#include "guard.h"
#include "types/owner.h"
#include "zone_ask.h"

/* ---- DEL */

static void tell_kept(const struct zone *zone, const char *source)
{
	cleanup_free char *said = foreign_line(zone->bus.said);

	cni_warn("firewalld keeps the source %s: %s", source, said);
}

/* 0 also when firewalld refuses, or has gone: it has forgotten all then. */
static int remove_source(struct zone *zone, const char *source)
{
	const int r = zone_ask_remove(zone, source);

	if (r != -EREMOTEIO)
		return r;
	if (!bus_said(&zone->bus, "ServiceUnknown") && !bus_said(&zone->bus, "NameHasNoOwner") &&
	    !bus_said(&zone->bus, "NoReply"))
		tell_kept(zone, source);
	return 0;
}

struct claims {
	const char *owner;
	const struct zone *zone;
	struct addr_list others; /* those of the zone's addresses that somebody else has */
};

static int note_other(const char *owner, const struct addr *address, void *data)
{
	struct claims *claims = data;

	if (text_equal(owner, claims->owner))
		return 0;
	for (size_t i = 0; i < claims->zone->count; i++) {
		if (addr_equal(&claims->zone->addresses[i], address))
			addr_list_add(&claims->others, address);
	}
	return 0;
}

/*
 * The result's addresses were given by the reference's plugin when the table does not have them -
 * or somebody else has them by now, which all of the table tells.
 */
static int add_unowned(const struct zone *zone, struct addr_list *ret)
{
	struct claims claims = { .owner = zone->owner, .zone = zone };
	size_t known = 0;
	int r;

	for (size_t i = 0; i < zone->count; i++)
		known += addr_list_has(ret, &zone->addresses[i]);
	if (known == zone->count)
		return 0;
	r = guard_each(note_other, &claims);
	for (size_t i = 0; r == 0 && i < zone->count; i++) {
		if (!addr_list_has(ret, &zone->addresses[i]) &&
		    !addr_list_has(&claims.others, &zone->addresses[i]))
			addr_list_add(ret, &zone->addresses[i]);
	}
	addr_list_release(&claims.others);
	return r;
}

void zone_withdraw(struct zone *zone, struct netlink *nft)
{
	cleanup_addr_list struct addr_list list = { 0 };
	char text[PREFIX_TEXT];
	int r = guard_read(nft, zone->owner, &list) ?: add_unowned(zone, &list);

	if (r < 0)
		cni_warn(
			"cannot read which addresses %s has: sources of firewalld's zones may stay",
			zone->owner);
	for (size_t i = 0; i < list.count; i++) {
		const char *source = zone_source(&list.items[i], text);

		if (remove_source(zone, source) == 0)
			continue;
		cni_warn("firewalld does not answer, the source %s may stay: firewall-cmd "
			 "--get-zone-of-source=%s",
			 source, source);
		return;
	}
}

/* ---- GC */

struct collection {
	const char *network;
	owner_keep_fn *keep;
	void *data;
	bool kept; /* which addresses are wanted: of owners that stay, or that go */
	struct addr_list found;
};

static int take(const char *owner, const struct addr *address, void *data)
{
	struct collection *collection = data;

	if (owner_text_is_of_network(owner, collection->network) &&
	    collection->keep(owner, collection->data) == collection->kept)
		addr_list_add(&collection->found, address);
	return 0;
}

static int find_addresses(struct collection *collection, struct cni_error *err)
{
	int r = guard_each(take, collection);

	if (r == 0)
		return 0;
	return cni_fail(err, CNI_ERR_FIREWALL, -r, "cannot read which addresses network %s has",
			collection->network);
}

int zone_collect(struct zone *zone, const char *network, owner_keep_fn *keep, void *data,
		 struct cni_error *err)
{
	struct collection collection = { .network = network, .keep = keep, .data = data };
	char text[PREFIX_TEXT];
	int r = find_addresses(&collection, err);

	for (size_t i = 0; r == 0 && i < collection.found.count; i++) {
		const char *source = zone_source(&collection.found.items[i], text);

		r = remove_source(zone, source);
		if (r < 0)
			(void)cni_fail(err, CNI_ERR_TRY_LATER, -r,
				       "firewalld does not answer, the source %s may stay", source);
	}
	addr_list_release(&collection.found);
	return r;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Those of the list that are no source of the zone. */
static int find_forgotten(struct zone *zone, const struct addr_list *list, struct addr_list *ret)
{
	cleanup_bus_answer struct bus_answer sources = { 0 };
	char text[PREFIX_TEXT];
	int r;

	if (list->count == 0)
		return 0;
	r = zone_ask_list(zone, &sources);
	if (r < 0)
		return r;
	if (sources.count > 0)
		qsort(sources.texts, sources.count, sizeof(*sources.texts), compare_texts);
	for (size_t i = 0; i < list->count; i++) {
		const char *source = zone_source(&list->items[i], text);

		if (sources.count == 0 || !bsearch(&source, sources.texts, sources.count,
						   sizeof(*sources.texts), compare_texts))
			addr_list_add(ret, &list->items[i]);
	}
	return 0;
}

int zone_restore(struct zone *zone, const char *network, owner_keep_fn *keep, void *data,
		 struct cni_error *err)
{
	struct collection collection = {
		.network = network, .keep = keep, .data = data, .kept = true
	};
	cleanup_addr_list struct addr_list forgotten = { 0 };
	int r = find_addresses(&collection, err);

	if (r == 0) {
		r = find_forgotten(zone, &collection.found, &forgotten);
		if (r < 0)
			(void)zone_fail_list(zone, r, CNI_ERR_FIREWALL, err); /* r */
	}
	addr_list_release(&collection.found);
	zone->addresses = forgotten.items;
	zone->count = forgotten.count;
	if (r == 0)
		r = zone_add(zone, err);
	zone->addresses = NULL;
	zone->count = 0;
	return r;
}
