/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows policy rules, with libnl-route's objects. */
#include "net/rule.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netlink/addr.h>
#include <netlink/route/rule.h>
#include <string.h>

#include "base/alloc.h"
#include "net/object.h"

static void drop_rule(struct rtnl_rule **rule)
{
	rtnl_rule_put(*rule);
}

void kernel_rules_release(struct kernel_rules *rules)
{
	free(rules->items);
	*rules = (struct kernel_rules){ 0 };
}

struct listing {
	struct kernel_rules *rules;
	size_t before; /* those that were there */
};

static void restart(void *data)
{
	struct listing *listing = data;

	listing->rules->count = listing->before;
}

static void take_source(struct rtnl_rule *rule, struct prefix *ret)
{
	struct nl_addr *source = rtnl_rule_get_src(rule);

	ret->addr.family = (uint8_t)rtnl_rule_get_family(rule);
	if (!source || nl_addr_get_len(source) > sizeof(ret->addr.bytes))
		return;
	memcpy(ret->addr.bytes, nl_addr_get_binary_addr(source), nl_addr_get_len(source));
	ret->len = (uint8_t)nl_addr_get_prefixlen(source);
}

static bool has_text(const char *text)
{
	return text && *text;
}

static void take_object(struct nl_object *object, void *data)
{
	struct rtnl_rule *rule = (struct rtnl_rule *)object;
	struct kernel_rules *rules = ((struct listing *)data)->rules;
	struct kernel_rule taken = {
		.table = rtnl_rule_get_table(rule),
		.priority = rtnl_rule_get_prio(rule),
		.is_simple = rtnl_rule_get_action(rule) == FR_ACT_TO_TBL &&
			     !rtnl_rule_get_dst(rule) && !has_text(rtnl_rule_get_iif(rule)) &&
			     !has_text(rtnl_rule_get_oif(rule)) && rtnl_rule_get_l3mdev(rule) <= 0,
	};

	take_source(rule, &taken.source);
	if (rtnl_rule_get_protocol(rule, &taken.protocol) < 0)
		taken.protocol = RTPROT_UNSPEC; /* before Linux 4.17 */
	rules->items = xgrow(rules->items, rules->count, sizeof(taken));
	rules->items[rules->count++] = taken;
}

static int take_rule(const struct nlmsghdr *answer, void *data)
{
	return object_parse(answer, take_object, data);
}

int rule_list(struct netlink *nl, int family, struct kernel_rules *ret)
{
	const struct fib_rule_hdr header = { .family = (uint8_t)family };
	struct listing listing = { ret, ret->count };

	return netlink_list(nl, netlink_request(RTM_GETRULE, 0, &header, sizeof(header)), take_rule,
			    restart, &listing);
}

static struct rtnl_rule *object_of(const struct kernel_rule *wanted)
{
	const struct addr *addr = &wanted->source.addr;
	struct nl_addr *source = nl_addr_build(addr->family, addr->bytes,
					       family_size(addr->family));
	struct rtnl_rule *rule = rtnl_rule_alloc();

	if (!source || !rule)
		out_of_memory();
	nl_addr_set_prefixlen(source, wanted->source.len);
	rtnl_rule_set_family(rule, addr->family);
	if (rtnl_rule_set_src(rule, source) < 0)
		out_of_memory(); /* the families are the same, so nothing else can be wrong */
	nl_addr_put(source);
	rtnl_rule_set_action(rule, FR_ACT_TO_TBL);
	rtnl_rule_set_table(rule, wanted->table);
	if (wanted->priority)
		rtnl_rule_set_prio(rule, wanted->priority);
	if (wanted->protocol)
		(void)rtnl_rule_set_protocol(rule, wanted->protocol); /* cannot fail */
	return rule;
}

/* libnl-route leaves NLM_F_REQUEST out, here as with links; the kernel then ignores the message. */
int rule_add(struct netlink *nl, const struct kernel_rule *wanted)
{
	cleanup_with(drop_rule) struct rtnl_rule *rule = object_of(wanted);
	struct nl_msg *msg;

	if (rtnl_rule_build_add_request(rule, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL, &msg) < 0)
		out_of_memory();
	return netlink_call(nl, msg);
}

int rule_delete(struct netlink *nl, const struct kernel_rule *known)
{
	cleanup_with(drop_rule) struct rtnl_rule *rule = object_of(known);
	struct nl_msg *msg;
	int r;

	if (rtnl_rule_build_delete_request(rule, NLM_F_REQUEST, &msg) < 0)
		out_of_memory();
	r = netlink_call(nl, msg);
	return r == -ENOENT ? 0 : r;
}
