/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which chains a packet goes through, and what can become of it in each. */
#include "host/fate.h"

#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/signals.h"
#include "base/text.h"
#include "host/fate_legacy.h"
#include "host/fate_rule.h"
#include "nft/chains.h"
#include "nft/tables.h"

enum { DEPTH = 16 }; /* the kernel allows no more either */

static bool is_ours(uint8_t family, const char *table)
{
	for (size_t i = 0; i < OUR_TABLES; i++)
		if (our_tables[i].table.family == family &&
		    text_equal(our_tables[i].table.name, table))
			return true;
	return false;
}

static int take_chain(const struct nft_chain_view *view, void *data)
{
	struct filters *filters = data;
	struct filter *filter;

	if (!view->is_base || !view->type || !text_equal(view->type, "filter") ||
	    (view->hook != NF_INET_FORWARD && view->hook != NF_INET_LOCAL_IN) ||
	    (view->family != NFPROTO_INET && view->family != NFPROTO_IPV4 &&
	     view->family != NFPROTO_IPV6) ||
	    is_ours(view->family, view->table) || filters->chain_count == FATE_CHAINS ||
	    strlen(view->table) >= sizeof(filter->table) ||
	    strlen(view->name) >= sizeof(filter->chain))
		return 0;
	filter = &filters->chains[filters->chain_count++];
	*filter =
		(struct filter){ .family = view->family, .hook = view->hook, .drops = view->drops };
	(void)snprintf(filter->table, sizeof(filter->table), "%s", view->table); /* measured */
	(void)snprintf(filter->chain, sizeof(filter->chain), "%s", view->name);	 /* measured */
	return 0;
}

static const struct filter_table *find_table(const struct filters *filters, uint8_t family,
					     const char *name)
{
	for (size_t i = 0; i < filters->table_count; i++)
		if (filters->tables[i].family == family &&
		    text_equal(filters->tables[i].name, name))
			return &filters->tables[i];
	return NULL;
}

/* All rules of the table in one answer; false: they are not known. */
static bool read_table(struct filters *filters, const struct filter *filter)
{
	struct filter_table table = { .family = filter->family };

	if (find_table(filters, filter->family, filter->table))
		return true;
	(void)snprintf(table.name, sizeof(table.name), "%s", filter->table); /* the same size */
	if (nft_list_table_rules(filters->nft, &(struct nft_table){ table.family, filter->table },
				 &table.rules) < 0)
		return false;
	filters->tables = xgrow(filters->tables, filters->table_count, sizeof(*filters->tables));
	filters->tables[filters->table_count++] = table;
	return true;
}

void filters_read(struct netlink *nft, struct filters *ret)
{
	*ret = (struct filters){ .nft = nft };
	for (size_t i = 0; i < array_size(ret->legacy); i++)
		ret->legacy[i] = legacy_read(i == 0 ? AF_INET : AF_INET6);
	if (nft->fd < 0 || nft_each_chain(nft, take_chain, ret) < 0)
		ret->chain_count = 0;
	for (size_t i = 0; i < ret->chain_count;) {
		if (read_table(ret, &ret->chains[i]))
			i++;
		else
			ret->chains[i] = ret->chains[--ret->chain_count];
	}
}

void filters_release(struct filters *filters)
{
	for (size_t i = 0; i < filters->table_count; i++)
		nft_rules_release(&filters->tables[i].rules);
	free(filters->tables);
	for (size_t i = 0; i < array_size(filters->legacy); i++)
		legacy_release(filters->legacy[i]);
}

/* A walk through one table. */
struct walk {
	struct netlink *nft;
	const struct filter_table *table;
	const struct packet *packet;
	size_t steps;
};

enum { STEPS = 200000 }; /* a ruleset may lead through the same chains again and again */

static unsigned walk_chain(struct walk *walk, const char *chain, unsigned depth);

/* What can become of the packets that the rule is about. */
static unsigned fate_of_verdict(struct walk *walk, const struct rule_fate *rule, unsigned depth)
{
	unsigned inner;

	switch (rule->verdict) {
	case RULE_NOTHING:
		return FATE_GO_ON;
	case RULE_ACCEPT:
		return FATE_ACCEPT;
	case RULE_DROP:
		return FATE_DROP;
	case RULE_RETURN:
		return FATE_RETURN;
	case RULE_JUMP:
	case RULE_GOTO:
		inner = walk_chain(walk, rule->target, depth + 1);
		if (!(inner & FATE_GO_ON))
			return inner;
		return (inner & ~(unsigned)FATE_GO_ON) |
		       (rule->verdict == RULE_JUMP ? FATE_GO_ON : FATE_RETURN);
	default:
		return FATE_ACCEPT | FATE_GO_ON; /* nobody knows: it may let it through */
	}
}

/* FATE_GO_ON stands for the end of the chain, or a return from it. */
static unsigned walk_chain(struct walk *walk, const char *chain, unsigned depth)
{
	const struct nft_table table = { walk->table->family, walk->table->name };
	unsigned possible = 0;

	if (depth > DEPTH)
		return FATE_ACCEPT | FATE_GO_ON;
	for (size_t i = 0; i < walk->table->rules.count; i++) {
		const struct nlmsghdr *rule = walk->table->rules.items[i];
		const char *of = nft_rule_chain(rule);
		struct rule_fate fate;
		unsigned then;

		if (++walk->steps > STEPS || signals_in_turn(walk->steps) < 0)
			return FATE_ACCEPT | FATE_GO_ON;
		if (!of || !text_equal(of, chain))
			continue;
		fate = rule_fate_of(walk->nft, &table, rule, walk->packet);
		if (fate.applies == ANSWER_NO)
			continue;
		then = fate_of_verdict(walk, &fate, depth);
		possible |= then & (FATE_ACCEPT | FATE_DROP);
		if (then & FATE_RETURN)
			possible |= FATE_GO_ON;
		if (fate.applies == ANSWER_YES && !(then & FATE_GO_ON))
			return possible;
	}
	return possible | FATE_GO_ON;
}

static bool concerns(const struct filter *filter, const struct packet *packet)
{
	return filter->hook == packet->hook &&
	       (filter->family == NFPROTO_INET ||
		filter->family == (packet->family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4));
}

static struct fate fate_at(const struct filters *filters, const struct filter *filter,
			   const struct packet *packet)
{
	struct fate fate = { .table_family = filter->family };
	struct walk walk = { .nft = filters->nft,
			     .table = find_table(filters, filter->family, filter->table),
			     .packet = packet };
	unsigned possible = walk.table ? walk_chain(&walk, filter->chain, 0)
				       : (unsigned)FATE_ACCEPT;

	if (possible & FATE_GO_ON)
		possible |= filter->drops ? FATE_DROP : FATE_ACCEPT;
	fate.is_dropped = !(possible & FATE_ACCEPT);
	memcpy(fate.table, filter->table, sizeof(fate.table));
	memcpy(fate.chain, filter->chain, sizeof(fate.chain));
	return fate;
}

struct fate fate_of(const struct filters *filters, const struct packet *packet)
{
	struct fate fate = { 0 };

	for (size_t i = 0; i < filters->chain_count && !fate.is_dropped; i++)
		if (concerns(&filters->chains[i], packet))
			fate = fate_at(filters, &filters->chains[i], packet);
	if (!fate.is_dropped)
		fate = legacy_fate(filters->legacy[packet->family == AF_INET6], packet);
	return fate;
}
