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

/* The next taken entry in the set behind `number`, or 0. */
static uint32_t next_taken(const struct store *store, const struct range_set *set, uint32_t number)
{
	uint32_t last = index_last(&store->index);

	while (++number <= last) {
		const struct index_entry *entry = index_entry(&store->index, number);
		struct addr addr = index_entry_addr(entry);

		if (entry->state == ENTRY_TAKEN && range_set_allows(set, &addr))
			return number;
	}
	return 0;
}

size_t reclaim_set(struct store *store, const struct range_set *set, struct witness *witness)
{
	uint32_t number = 0;
	size_t count = 0;

	while ((number = next_taken(store, set, number))) {
		struct addr addr = index_entry_addr(index_entry(&store->index, number));

		count += reclaim_quietly(store, &addr, witness, count >= LINES);
	}
	if (count > LINES)
		warn("reclaimed %zu more leases of dead attachments", count - LINES);
	return count;
}

bool reclaim_would_help(const struct store *store, const struct range_set *set,
			struct witness *witness, size_t limit)
{
	uint32_t last = index_last(&store->index);
	uint32_t number = last ? (uint32_t)((uint64_t)witness->self.nonce % last) : 0;
	bool has_wrapped = false;

	for (size_t i = 0; i < limit; i++) {
		cleanup_verdict struct store_verdict verdict = { .life = LIFE_UNKNOWN };
		struct addr addr;

		number = next_taken(store, set, number);
		if (!number && has_wrapped)
			return false;
		if (!number) {
			has_wrapped = true;
			continue;
		}
		addr = index_entry_addr(index_entry(&store->index, number));
		store_judge(store, &addr, witness, &verdict);
		if (verdict.life == LIFE_DEAD)
			return true;
	}
	return false;
}
