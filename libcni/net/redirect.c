/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the hooks of a link and the filters at them. */
#include "net/redirect.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <netlink/route/act/mirred.h>
#include <netlink/route/action.h>
#include <netlink/route/classifier.h>
#include <netlink/route/cls/u32.h>
#include <netlink/route/qdisc.h>

#include "base/alloc.h"
#include "base/signals.h"
#include "net/filter.h"
#include "net/object.h"

/* The first of both is the ingress qdisc's only one. */
static uint32_t parent_of(enum redirect_hook hook)
{
	return TC_H_MAKE(TC_H_CLSACT,
			 hook == REDIRECT_INCOMING ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
}

static void drop_qdisc(struct rtnl_qdisc **qdisc)
{
	rtnl_qdisc_put(*qdisc);
}

static struct rtnl_qdisc *hooks_of(int link, const char *kind)
{
	struct rtnl_qdisc *qdisc = rtnl_qdisc_alloc();

	if (!qdisc || (kind && rtnl_tc_set_kind(TC_CAST(qdisc), kind) < 0))
		out_of_memory();
	rtnl_tc_set_ifindex(TC_CAST(qdisc), link);
	rtnl_tc_set_parent(TC_CAST(qdisc), TC_H_CLSACT);
	rtnl_tc_set_handle(TC_CAST(qdisc), TC_H_MAJ(TC_H_CLSACT));
	return qdisc;
}

static const char both_hooks[] = "clsact";

static int open_hooks(struct netlink *nl, int link, const char *kind)
{
	cleanup_with(drop_qdisc) struct rtnl_qdisc *qdisc = hooks_of(link, kind);
	struct nl_msg *msg = NULL;
	int r = rtnl_qdisc_build_add_request(qdisc, NLM_F_CREATE | NLM_F_EXCL, &msg);

	return netlink_call(nl, object_request(r, msg));
}

static int take_both(const struct nlmsghdr *answer, void *data)
{
	struct nlattr *attrs[TCA_MAX + 1];

	if (answer->nlmsg_type != RTM_NEWQDISC ||
	    nlmsg_parse((struct nlmsghdr *)answer, sizeof(struct tcmsg), attrs, TCA_MAX, NULL) < 0)
		return -EBADMSG;
	*(bool *)data = attrs[TCA_KIND] && nla_strcmp(attrs[TCA_KIND], both_hooks) == 0;
	return 0;
}

static int has_both(struct netlink *nl, int link, bool *ret)
{
	const struct tcmsg header = { .tcm_ifindex = link, .tcm_parent = TC_H_CLSACT };

	return netlink_get(nl, netlink_request(RTM_GETQDISC, NLM_F_ECHO, &header, sizeof(header)),
			   take_both, ret);
}

/* An ingress qdisc takes filters for the hook that it lacks, and puts them at the one it has. */
int redirect_open(struct netlink *nl, int link, bool both)
{
	int r = open_hooks(nl, link, both ? both_hooks : "ingress");
	bool has = false;

	if (r != -EEXIST)
		return r < 0 ? r : 1;
	r = both ? has_both(nl, link, &has) : 0;
	if (r < 0 || !both || has)
		return r;
	r = redirect_remove(nl, link, REDIRECT_INCOMING)
		    ?: redirect_remove(nl, link, REDIRECT_OUTGOING)
		    ?: redirect_close_unused(nl, link)
		    ?: open_hooks(nl, link, both_hooks);
	return r < 0 ? r : 1;
}

static bool means_gone(int r)
{
	return r == -ENOENT || r == -EINVAL || r == -ENODEV;
}

int redirect_close(struct netlink *nl, int link)
{
	cleanup_with(drop_qdisc) struct rtnl_qdisc *qdisc = hooks_of(link, NULL);
	struct nl_msg *msg = NULL;
	int r = rtnl_qdisc_build_delete_request(qdisc, &msg);

	r = netlink_call(nl, object_request(r, msg));
	return means_gone(r) ? 0 : r;
}

static void drop_filter(struct rtnl_cls **cls)
{
	rtnl_cls_put(*cls);
}

static struct rtnl_cls *place_of(int link, enum redirect_hook hook, const struct filter *filter)
{
	struct rtnl_cls *cls = rtnl_cls_alloc();

	if (!cls || rtnl_tc_set_kind(TC_CAST(cls), "u32") < 0)
		out_of_memory();
	rtnl_tc_set_ifindex(TC_CAST(cls), link);
	rtnl_tc_set_parent(TC_CAST(cls), parent_of(hook));
	rtnl_tc_set_handle(TC_CAST(cls), filter->handle);
	rtnl_cls_set_prio(cls, filter->priority);
	rtnl_cls_set_protocol(cls, filter->protocol);
	return cls;
}

static void add_action(struct rtnl_cls *cls, int to)
{
	struct rtnl_act *act = rtnl_act_alloc();

	/* All of these fail for want of memory only. */
	if (!act || rtnl_tc_set_kind(TC_CAST(act), "mirred") < 0 ||
	    rtnl_mirred_set_action(act, TCA_EGRESS_REDIR) < 0 ||
	    rtnl_mirred_set_policy(act, TC_ACT_STOLEN) < 0 ||
	    rtnl_mirred_set_ifindex(act, (uint32_t)to) < 0 || rtnl_u32_add_action(cls, act) < 0)
		out_of_memory();
	rtnl_act_put(act);
}

static int add_filter(struct netlink *nl, const struct redirect *redirect,
		      const struct filter *filter)
{
	cleanup_with(drop_filter) struct rtnl_cls *cls = place_of(redirect->link, redirect->hook,
								  filter);
	struct nl_msg *msg = NULL;
	int r = 0;

	for (unsigned i = 0; r == 0 && i < filter->key_count; i++)
		r = rtnl_u32_add_key(cls, filter->keys[i].val, filter->keys[i].mask,
				     filter->keys[i].off, 0);
	if (r < 0 || rtnl_u32_set_classid(cls, TC_H_MAKE(1 << 16, 1)) < 0 ||
	    rtnl_u32_set_cls_terminal(cls) < 0)
		out_of_memory();
	if (filter->to != TO_NOWHERE)
		add_action(cls, filter->to);
	r = rtnl_cls_build_add_request(cls, NLM_F_CREATE | NLM_F_EXCL, &msg);
	return netlink_call(nl, object_request(r, msg));
}

static int delete_filter(struct netlink *nl, int link, enum redirect_hook hook,
			 const struct filter *filter)
{
	cleanup_with(drop_filter) struct rtnl_cls *cls = place_of(link, hook, filter);
	struct nl_msg *msg = NULL;
	int r = rtnl_cls_build_delete_request(cls, 0, &msg);

	r = netlink_call(nl, object_request(r, msg));
	return means_gone(r) ? 0 : r;
}

static void restart(void *data)
{
	struct filter_list *filters = data;

	filters->count = 0;
}

static struct tcmsg place_header(int link, enum redirect_hook hook)
{
	return (struct tcmsg){
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = link,
		.tcm_parent = parent_of(hook),
	};
}

/* Those of one hook of one link only. */
static int list(struct netlink *nl, int link, enum redirect_hook hook, struct filter_list *ret)
{
	const struct tcmsg header = place_header(link, hook);

	return netlink_list(nl, netlink_request(RTM_GETTFILTER, 0, &header, sizeof(header)),
			    filter_list_take, restart, ret);
}

/* A filter that leads to a link that is gone drops what it matches. */
static int delete_dead(struct netlink *nl, int link, enum redirect_hook hook)
{
	cleanup_filter_list struct filter_list filters = { 0 };
	int r = list(nl, link, hook, &filters);

	for (size_t i = 0; r == 0 && i < filters.count; i++) {
		if (!filter_is_ours(&filters.items[i], hook) && filters.items[i].to == TO_GONE)
			r = delete_filter(nl, link, hook, &filters.items[i]);
	}
	return r;
}

int redirect_remove(struct netlink *nl, int link, enum redirect_hook hook)
{
	const struct filter ours[] = {
		{ .priority = filter_priority(hook, PRIORITY_ALL), .protocol = ETH_P_ALL },
		{ .priority = filter_priority(hook, PRIORITY_IPV6), .protocol = ETH_P_IPV6 },
		{ .priority = filter_priority(hook, PRIORITY_IPV4), .protocol = ETH_P_IP },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < array_size(ours); i++)
		r = delete_filter(nl, link, hook, &ours[i]);
	return r < 0 ? r : delete_dead(nl, link, hook);
}

static int is_filter(const struct nlmsghdr *answer, void *data)
{
	(void)data;
	return answer->nlmsg_type == RTM_NEWTFILTER;
}

int redirect_close_unused(struct netlink *nl, int link)
{
	for (int hook = REDIRECT_INCOMING; hook <= REDIRECT_OUTGOING; hook++) {
		const struct tcmsg header = place_header(link, (enum redirect_hook)hook);
		int r = netlink_list(nl,
				     netlink_request(RTM_GETTFILTER, 0, &header, sizeof(header)),
				     is_filter, NULL, NULL);

		if (r)
			return r < 0 && !means_gone(r) ? r : 0;
	}
	return redirect_close(nl, link);
}

/* Those that spare come before the one that takes the rest. */
int redirect_add(struct netlink *nl, const struct redirect *redirect)
{
	cleanup_filter_list struct filter_list filters = filter_list_plan(redirect);
	int r = redirect_remove(nl, redirect->link, redirect->hook);

	for (size_t i = 0; r == 0 && i < filters.count; i++) {
		r = signals_in_turn(i) ?: add_filter(nl, redirect, &filters.items[i]);
	}
	return r;
}

int redirect_check(struct netlink *nl, const struct redirect *redirect)
{
	cleanup_filter_list struct filter_list wanted = filter_list_plan(redirect), found = { 0 };
	bool is_by_reference = false;
	size_t alike = 0, ours = 0;
	int r = list(nl, redirect->link, redirect->hook, &found);

	if (r < 0)
		return r;
	for (size_t i = 0; i < found.count; i++) {
		const struct filter *filter = &found.items[i];

		if (!filter_is_ours(filter, redirect->hook)) {
			is_by_reference |= filter->to == redirect->to;
			continue;
		}
		ours++;
		if (alike < wanted.count && filter_is_alike(filter, &wanted.items[alike]))
			alike++;
	}
	if (ours == 0)
		return is_by_reference && redirect->count == 0;
	return alike == wanted.count && ours == wanted.count;
}
