/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows when a set, and when a whole owned table, can go. */
#include "nft/owned_tidy.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/text.h"
#include "nft/ask.h"
#include "nft/change.h"
#include "nft/rule_list.h"

enum content { ABSENT, EMPTY, USED };

struct tidying {
	const struct owned_request *requests;
	size_t count;
};

static int stop_at_once(const struct nft_element *element, void *data)
{
	(void)element; /* that there is one is all we want to know */
	(void)data;
	return 1;
}

/* A set of any size costs the same: where the kernel does not count, we look for one element. */
static int get_content(struct netlink *nl, const struct owned_table *table, const char *set)
{
	cleanup_nft_ask struct nft_ask ask = { 0 };
	struct nft_set_state state;
	int r;

	nft_ask_set(&ask, &table->table, set, &state);
	r = nft_ask_run(nl, &ask);
	if (r < 0)
		return r;
	if (!state.exists)
		return ABSENT;
	if (state.is_counted)
		return state.count > 0 ? USED : EMPTY;
	r = nft_each_element(&table->table, set, stop_at_once, NULL);
	if (r < 0)
		return r == -ENOENT ? ABSENT : r;
	return r > 0 ? USED : EMPTY;
}

static bool reads_sets_of(const struct owned_table *table, const struct owned_entries *entries,
			  const struct nlmsghdr *rule)
{
	for (size_t i = 0; i < entries->count * table->set_count; i++) {
		struct nft_set set = table->set(&entries->items[i / table->set_count],
						i % table->set_count);

		if (nft_rule_uses_set(rule, set.name))
			return true;
	}
	return false;
}

static int delete_rules(struct netlink *nl, struct nft_batch *batch,
			const struct owned_table *table, const struct owned_entries *entries)
{
	for (size_t i = 0; i < table->chain_count; i++) {
		cleanup_nft_rules struct nft_rules rules = { 0 };
		const char *chain = table->chains[i].name;
		int r = nft_list_rules(nl, &table->table, chain, &rules);

		if (r < 0)
			return r;
		for (size_t j = 0; j < rules.count; j++) {
			if (reads_sets_of(table, entries, rules.items[j]))
				nft_delete_rule(batch, &table->table, chain,
						nft_rule_handle(rules.items[j]));
		}
	}
	return 0;
}

/* The kernel refuses the whole when an element has come meanwhile. */
static int delete_sets(struct netlink *nl, struct nft_batch *batch, const struct owned_table *table,
		       const struct owned_entries *entries)
{
	int r = entries->count > 0 ? delete_rules(nl, batch, table, entries) : 0;

	for (size_t i = 0; r == 0 && i < entries->count * table->set_count; i++) {
		struct nft_set set = table->set(&entries->items[i / table->set_count],
						i % table->set_count);

		nft_delete_set(batch, &table->table, set.name);
	}
	return r;
}

/* Names of sets that were looked at. */
struct seen {
	struct nft_set *sets;
	size_t count;
};

static void seen_release(struct seen *seen)
{
	free(seen->sets);
}

/* False the first time. The sets of many entries are few. */
static bool was_seen(struct seen *seen, const struct nft_set *set)
{
	for (size_t i = 0; i < seen->count; i++) {
		if (text_equal(set->name, seen->sets[i].name))
			return true;
	}
	seen->sets = xgrow(seen->sets, seen->count, sizeof(*set));
	seen->sets[seen->count++] = *set;
	return false;
}

/*
 * Collects the entries whose sets are empty; returns whether some other set is in use, or -errno.
 */
static int find_empty(struct netlink *nl, const struct owned_request *request,
		      struct owned_entries *ret)
{
	const struct owned_table *table = request->table;
	cleanup_with(seen_release) struct seen seen = { 0 };
	int in_use = 0;

	for (size_t i = 0; i < request->gone.count; i++) {
		const struct owned_entry *entry = &request->gone.items[i];
		struct nft_set set = table->set(entry, 0);
		int content;

		if (!set.name[0] || was_seen(&seen, &set))
			continue;
		content = get_content(nl, table, set.name);
		if (content < 0)
			return content;
		if (content == EMPTY)
			owned_entries_add(ret, entry);
		else if (content == USED)
			in_use = 1;
	}
	return in_use;
}

static int plan_table(struct netlink *nl, struct nft_batch *batch,
		      const struct owned_request *request)
{
	const struct owned_table *table = request->table;
	cleanup_entries struct owned_entries empty = { 0 };
	int r = find_empty(nl, request, &empty);

	if (r == 0) {
		r = get_content(nl, table, table->index.name);
		if (r == EMPTY) {
			/*
			 * the kernel refuses to delete an index with entries, and the table stays
			 * with it
			 */
			nft_delete_set(batch, &table->table, table->index.name);
			nft_delete_table(batch, &table->table);
			return 0;
		}
	}
	return r < 0 ? r : delete_sets(nl, batch, table, &empty);
}

/* True when it took something away, or may find what somebody left who was killed. */
static bool is_loss(const struct owned_request *request)
{
	return request->gone.count > 0 || request->wanted.count == 0;
}

static int plan(struct netlink *nl, struct nft_batch *batch, void *data)
{
	const struct tidying *tidying = data;
	int r = 0;

	for (size_t i = 0; r == 0 && i < tidying->count; i++) {
		if (is_loss(&tidying->requests[i]))
			r = plan_table(nl, batch, &tidying->requests[i]);
	}
	return r;
}

void owned_requests_tidy(struct netlink *nl, const struct owned_request *requests, size_t count)
{
	struct tidying tidying = { .requests = requests, .count = count };
	size_t losses = 0;

	for (size_t i = 0; i < count; i++)
		losses += is_loss(&requests[i]);
	if (losses > 0)
		ignore(nft_change(nl, plan, &tidying)); /* see the header */
}

void owned_tidy(struct netlink *nl, const struct owned_table *table)
{
	const struct owned_request nothing = { .table = table };

	owned_requests_tidy(nl, &nothing, 1);
}
