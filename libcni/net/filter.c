/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows what a filter of u32 compares, and how the kernel tells it. */
#include "net/filter.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <string.h>

#include "base/alloc.h"

enum { WORD_BITS = 32 };

/* Where the addresses stand in a header, bytes; the source, then the destination. */
enum { IPV4_SOURCE = 12, IPV4_DESTINATION = 16, IPV6_SOURCE = 8, IPV6_DESTINATION = 24 };

uint16_t filter_priority(enum redirect_hook hook, int priority)
{
	return (uint16_t)(hook == REDIRECT_INCOMING ? priority : priority + PRIORITIES);
}

void filter_list_release(struct filter_list *filters)
{
	free(filters->items);
}

static void filter_list_add(struct filter_list *filters, const struct filter *filter)
{
	filters->items = xgrow(filters->items, filters->count, sizeof(*filter));
	filters->items[filters->count++] = *filter;
}

bool filter_is_ours(const struct filter *filter, enum redirect_hook hook)
{
	return filter->priority >= filter_priority(hook, PRIORITY_IPV4) &&
	       filter->priority <= filter_priority(hook, PRIORITY_ALL);
}

bool filter_is_alike(const struct filter *a, const struct filter *b)
{
	if (a->priority != b->priority || a->protocol != b->protocol || a->to != b->to ||
	    a->key_count != b->key_count)
		return false;
	for (unsigned i = 0; i < a->key_count; i++) {
		if (a->keys[i].mask != b->keys[i].mask || a->keys[i].val != b->keys[i].val ||
		    a->keys[i].off != b->keys[i].off)
			return false;
	}
	return true;
}

/* The first bits of a word of an address are the network's. */
static void add_key(struct filter *filter, const uint8_t *word, unsigned bits, int offset)
{
	struct tc_u32_key *key = &filter->keys[filter->key_count++];
	const uint32_t mask = htonl(bits == 0 ? 0 : UINT32_MAX << (WORD_BITS - bits));
	uint32_t value;

	memcpy(&value, word, sizeof(value));
	*key = (struct tc_u32_key){ .mask = mask, .val = value & mask, .off = offset };
}

static struct filter filter_of(const struct redirect *redirect, const struct prefix *network)
{
	const bool is_ipv6 = network->addr.family == AF_INET6;
	const bool by_source = redirect->hook == REDIRECT_OUTGOING;
	const int at = is_ipv6 ? (by_source ? IPV6_SOURCE : IPV6_DESTINATION)
			       : (by_source ? IPV4_SOURCE : IPV4_DESTINATION);
	struct filter filter = {
		.priority = filter_priority(redirect->hook,
					    is_ipv6 ? PRIORITY_IPV6 : PRIORITY_IPV4),
		.protocol = is_ipv6 ? ETH_P_IPV6 : ETH_P_IP,
		.to = redirect->spares ? TO_NOWHERE : redirect->to,
	};
	unsigned bits = 0;

	do {
		const unsigned left = network->len - bits;

		add_key(&filter, &network->addr.bytes[bits / 8],
			left < WORD_BITS ? left : WORD_BITS, at + (int)(bits / 8));
		bits += WORD_BITS;
	} while (bits < network->len);
	return filter;
}

struct filter_list filter_list_plan(const struct redirect *redirect)
{
	struct filter_list filters = { 0 };
	struct filter all = { .priority = filter_priority(redirect->hook, PRIORITY_ALL),
			      .protocol = ETH_P_ALL,
			      .to = redirect->to };

	for (int family = AF_INET; family <= AF_INET6; family += AF_INET6 - AF_INET) {
		for (size_t i = 0; i < redirect->count; i++) {
			const struct prefix *network = &redirect->networks[i];
			const struct filter filter = filter_of(redirect, network);

			if (network->addr.family == family)
				filter_list_add(&filters, &filter);
		}
	}
	add_key(&all, (const uint8_t[4]){ 0 }, 0, 0);
	if (redirect->count == 0 || redirect->spares)
		filter_list_add(&filters, &all);
	return filters;
}

/* Of the first action; the reference adds a second one, which never gets to act. */
static int target_of(struct nlattr *actions)
{
	struct nlattr *first[2], *attrs[TCA_ACT_MAX + 1], *options[TCA_MIRRED_MAX + 1];
	struct tc_mirred mirred;

	if (!actions)
		return TO_NOWHERE;
	if (nla_parse_nested(first, 1, actions, NULL) < 0 || !first[1] ||
	    nla_parse_nested(attrs, TCA_ACT_MAX, first[1], NULL) < 0 || !attrs[TCA_ACT_KIND] ||
	    nla_strcmp(attrs[TCA_ACT_KIND], "mirred") != 0 || !attrs[TCA_ACT_OPTIONS] ||
	    nla_parse_nested(options, TCA_MIRRED_MAX, attrs[TCA_ACT_OPTIONS], NULL) < 0 ||
	    !options[TCA_MIRRED_PARMS] || nla_len(options[TCA_MIRRED_PARMS]) < (int)sizeof(mirred))
		return TO_OTHER;
	memcpy(&mirred, nla_data(options[TCA_MIRRED_PARMS]), sizeof(mirred));
	return mirred.eaction == TCA_EGRESS_REDIR ? (int)mirred.ifindex : TO_OTHER;
}

static void take_keys(const struct nlattr *selector, struct filter *filter)
{
	const size_t size = (size_t)nla_len(selector);
	const char *bytes = nla_data(selector);
	struct tc_u32_sel head;

	if (size < sizeof(head))
		return;
	memcpy(&head, bytes, sizeof(head));
	if (head.nkeys > FILTER_KEYS || size < sizeof(head) + head.nkeys * sizeof(filter->keys[0]))
		return;
	memcpy(filter->keys, bytes + sizeof(head), head.nkeys * sizeof(filter->keys[0]));
	filter->key_count = head.nkeys;
}

/* Filters of other kinds, and the tables of u32, are not of interest. */
int filter_list_take(const struct nlmsghdr *answer, void *data)
{
	struct nlattr *attrs[TCA_MAX + 1], *options[TCA_U32_MAX + 1];
	const struct tcmsg *header = nlmsg_data(answer);
	struct filter filter = { 0 };

	if (answer->nlmsg_type != RTM_NEWTFILTER ||
	    nlmsg_parse((struct nlmsghdr *)answer, sizeof(*header), attrs, TCA_MAX, NULL) < 0)
		return -EBADMSG;
	if (!attrs[TCA_KIND] || nla_strcmp(attrs[TCA_KIND], "u32") != 0 || !attrs[TCA_OPTIONS] ||
	    nla_parse_nested(options, TCA_U32_MAX, attrs[TCA_OPTIONS], NULL) < 0 ||
	    !options[TCA_U32_SEL])
		return 0;
	filter.handle = header->tcm_handle;
	filter.priority = (uint16_t)(header->tcm_info >> 16);
	filter.protocol = ntohs((uint16_t)header->tcm_info);
	filter.to = target_of(options[TCA_U32_ACT]);
	take_keys(options[TCA_U32_SEL], &filter);
	filter_list_add(data, &filter);
	return 0;
}
