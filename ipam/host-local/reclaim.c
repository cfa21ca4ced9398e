/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sweeps through the leases of a set for those whose attachment is proven dead. */
#include "reclaim.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/signals.h"
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

static bool reclaim_quietly(struct store *store, const struct addr *addr, struct evidence *evidence,
			    bool is_quiet)
{
	cleanup_verdict struct store_verdict verdict = { .life = LIFE_UNKNOWN };
	cleanup_free char *line = NULL;

	store_judge(store, addr, evidence, &verdict);
	if (verdict.life != LIFE_DEAD || store_release(store, addr, NULL) < 0)
		return false;
	if (is_quiet)
		return true;
	line = describe(&verdict, addr);
	cni_warn("%s", line);
	return true;
}

bool reclaim_lease(struct store *store, const struct addr *addr, struct evidence *evidence)
{
	return reclaim_quietly(store, addr, evidence, false);
}

/*
 * Most attachments live and show it, so a glance comes first. 0 for those, and for what is not
 * taken; else the number of the lease's entry.
 */
static uint32_t find_doubtful(struct store *store, const struct addr *addr,
			      const struct evidence *evidence)
{
	uint32_t number = index_find(&store->index, addr);
	struct record record;

	if (!number || index_entry(&store->index, number)->state != ENTRY_TAKEN)
		return 0;
	return record_read(store->records_fd, number, &record) && life_is_plain(evidence, &record)
		       ? 0
		       : number;
}

static bool find_any(void *data, const struct addr *from, const struct addr *to, struct addr *ret)
{
	(void)data;
	(void)to;
	*ret = *from;
	return true;
}

/* The address behind `cursor`, whoever has it; the first one behind NULL. */
static bool next_address(const struct range_set *set, const struct addr *cursor_or_null,
			 struct addr *ret)
{
	const struct vacancy any = { .find = find_any };

	return range_set_next(set, cursor_or_null, &any, ret);
}

/*
 * All addresses of a full set have entries, so the entries bound the walk, and those of other sets
 * are not looked at.
 */
size_t reclaim_set(struct store *store, const struct range_set *set, struct evidence *evidence)
{
	uint32_t limit = index_last(&store->index);
	struct addr first, addr;
	size_t count = 0;

	if (!next_address(set, NULL, &first))
		return 0;
	addr = first;
	for (uint32_t i = 0; i < limit && signals_in_turn(i) == 0; i++) {
		if (find_doubtful(store, &addr, evidence))
			count += reclaim_quietly(store, &addr, evidence, count >= LINES);
		if (!next_address(set, &addr, &addr) || addr_equal(&addr, &first))
			break;
	}
	if (count > LINES)
		cni_warn("reclaimed %zu more leases of dead attachments", count - LINES);
	return count;
}

static bool is_dead(struct store *store, const struct addr *addr, struct evidence *evidence)
{
	cleanup_verdict struct store_verdict verdict = { .life = LIFE_UNKNOWN };

	if (!find_doubtful(store, addr, evidence))
		return false;
	store_judge(store, addr, evidence, &verdict);
	return verdict.life == LIFE_DEAD;
}

static struct addr random_place(const struct range_set *set, uint64_t random)
{
	const struct range *range = &set->ranges[random % set->count];
	uint64_t size = addr_count(&range->first, &range->last);

	return addr_plus(&range->first, random % size);
}

bool reclaim_would_help(struct store *store, const struct range_set *set, struct evidence *evidence,
			size_t *left)
{
	struct addr addr = random_place(set, evidence->self.nonce);
	uint32_t limit = index_last(&store->index);

	for (uint32_t i = 0; i < limit && *left; i++, --*left) {
		if (!next_address(set, &addr, &addr))
			return false;
		if (is_dead(store, &addr, evidence))
			return true;
	}
	return false;
}
