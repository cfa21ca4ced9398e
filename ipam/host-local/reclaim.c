/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sweeps through the leases of a set for those whose attachment is proven dead. */
#include "reclaim.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/warn.h"

enum { LINES = 8 }; /* on stderr, then only a sum */

static char *describe(const struct store_verdict *verdict, const struct addr *addr)
{
	const char *content = verdict->content.s ? verdict->content.s : "";
	size_t id_size = lease_text_id_size(content);
	const char *ifname = content[id_size] ? content + id_size + 2 : "";
	char buffer[ADDR_TEXT];

	return xasprintf("reclaimed %s from %.*s%s%s: %s", addr_print(addr, buffer), (int)id_size,
			 content, *ifname ? " " : "", ifname, verdict->why);
}

static bool reclaim_quietly(struct store *store, const struct addr *addr, struct witness *witness,
			    bool is_quiet)
{
	cleanup_verdict struct store_verdict verdict = { .life = LIFE_UNKNOWN };
	cleanup_free char *line = NULL;

	store_judge(store, addr, witness, &verdict);
	if (verdict.life != LIFE_DEAD || store_release(store, addr, NULL) < 0)
		return false;
	if (is_quiet)
		return true;
	line = describe(&verdict, addr);
	warn("%s", line);
	return true;
}

bool reclaim_lease(struct store *store, const struct addr *addr, struct witness *witness)
{
	return reclaim_quietly(store, addr, witness, false);
}

static bool is_taken(const struct store *store, const struct range_set *set, uint32_t number)
{
	const struct index_entry *entry = index_entry(&store->index, number);
	struct addr addr = index_entry_addr(entry);

	return entry->state == ENTRY_TAKEN && range_set_allows(set, &addr);
}

/* Most attachments live and show it, so a glance comes first. */
static bool is_doubtful(const struct store *store, uint32_t number, const struct witness *witness)
{
	struct record record;

	return !record_read(store->records_fd, number, &record) || !life_is_plain(witness, &record);
}

size_t reclaim_set(struct store *store, const struct range_set *set, struct witness *witness)
{
	uint32_t last = index_last(&store->index);
	size_t count = 0;

	for (uint32_t number = 1; number <= last; number++) {
		struct addr addr = index_entry_addr(index_entry(&store->index, number));

		if (is_taken(store, set, number) && is_doubtful(store, number, witness))
			count += reclaim_quietly(store, &addr, witness, count >= LINES);
	}
	if (count > LINES)
		warn("reclaimed %zu more leases of dead attachments", count - LINES);
	return count;
}

static bool is_dead(const struct store *store, uint32_t number, struct witness *witness)
{
	cleanup_verdict struct store_verdict verdict = { .life = LIFE_UNKNOWN };
	struct addr addr = index_entry_addr(index_entry(&store->index, number));

	if (!is_doubtful(store, number, witness))
		return false;
	store_judge(store, &addr, witness, &verdict);
	return verdict.life == LIFE_DEAD;
}

bool reclaim_would_help(const struct store *store, const struct range_set *set,
			struct witness *witness, size_t limit)
{
	uint32_t last = index_last(&store->index);
	uint32_t start = last ? (uint32_t)(witness->self.nonce % last) : 0;

	for (uint32_t i = 0; i < last && limit; i++) {
		uint32_t number = (start + i) % last + 1;

		if (!is_taken(store, set, number))
			continue;
		if (is_dead(store, number, witness))
			return true;
		limit--;
	}
	return false;
}
