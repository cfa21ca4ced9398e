/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows how to find out which of many elements are still their owners'. A question about several
 * elements ends at the first that is missing, so the rest of these is asked for anew.
 */
#include "nft/owned_held.h"

#include "base/alloc.h"
#include "base/text.h"
#include "nft/ask.h"

enum { ASKED_AT_ONCE = 4 };

/* Neighbours in one set, answered up to `from`. */
struct group {
	size_t from, to;
	struct nft_elements found;
};

struct groups {
	struct group *items;
	size_t count;
};

static void groups_release(struct groups *groups)
{
	for (size_t i = 0; i < groups->count; i++)
		nft_elements_release(&groups->items[i].found);
	free(groups->items);
}

static int compare_sets(const void *a, const void *b)
{
	return strcmp(((const struct nft_element *)a)->set, ((const struct nft_element *)b)->set);
}

static void make_groups(const struct nft_elements *elements, struct groups *ret)
{
	for (size_t from = 0, to; from < elements->count; from = to) {
		const char *set = elements->items[from].set;

		for (to = from + 1; to < elements->count && to - from < ASKED_AT_ONCE; to++) {
			if (!text_equal(elements->items[to].set, set))
				break;
		}
		ret->items = xgrow(ret->items, ret->count, sizeof(*ret->items));
		ret->items[ret->count++] = (struct group){ .from = from, .to = to };
	}
}

/* Marks what somebody else has, or nobody, by taking the owner away. */
static void take_found(struct group *group, struct nft_element *elements)
{
	size_t count = group->found.count;

	for (size_t i = 0; i < count; i++) {
		struct nft_element *element = &elements[group->from + i];

		if (!text_equal(group->found.items[i].comment, element->comment))
			element->comment[0] = '\0';
	}
	group->from += count;
	if (group->from < group->to)
		elements[group->from++].comment[0] = '\0';
	nft_elements_release(&group->found);
}

/* Returns how many groups there were to ask for, or -errno. */
static int ask_groups(struct netlink *nl, const struct nft_table *table,
		      struct nft_element *elements, struct groups *groups)
{
	cleanup_nft_ask struct nft_ask ask = { 0 };
	int asked = 0;
	int r;

	for (size_t i = 0; i < groups->count; i++) {
		struct group *group = &groups->items[i];

		if (group->from == group->to)
			continue;
		nft_ask_elements(&ask, table, &elements[group->from], group->to - group->from,
				 &group->found);
		asked++;
	}
	r = nft_ask_run(nl, &ask);
	for (size_t i = 0; r == 0 && i < groups->count; i++) {
		if (groups->items[i].from < groups->items[i].to)
			take_found(&groups->items[i], elements);
	}
	return r < 0 ? r : asked;
}

int owned_keep_held(struct netlink *nl, const struct nft_table *table,
		    struct nft_elements *elements)
{
	cleanup_with(groups_release) struct groups groups = { 0 };
	size_t kept = 0;
	int r;

	if (elements->count == 0)
		return 0;
	qsort(elements->items, elements->count, sizeof(*elements->items), compare_sets);
	make_groups(elements, &groups);
	do {
		r = ask_groups(nl, table, elements->items, &groups);
	} while (r > 0);
	for (size_t i = 0; i < elements->count; i++) {
		if (elements->items[i].comment[0])
			elements->items[kept++] = elements->items[i];
	}
	elements->count = kept;
	return r;
}
