/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sbr: what comes from an address of the container's interface leaves by that interface. Each
 * address has a rule that leads to a table of its own. A rule can carry no name: ours have our
 * protocol number, and are an interface's by their address.
 */
#include <errno.h>
#include <linux/rtnetlink.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/signals.h"
#include "base/warn.h"
#include "plugin/turn.h"
#include "sbr_old.h"

enum { FOREIGN_LOCK_MS = 2000 };

static int read_conf(struct cni_call *call, void *ret, struct cni_error *err)
{
	return sbr_conf_read(call, &((struct sbr *)ret)->conf, err);
}

static void release(void *data)
{
	struct sbr *sbr = data;

	routing_release(&sbr->routing);
	kernel_routes_release(&sbr->of_link);
	reach_release(&sbr->reach);
	by_address_release(&sbr->by_source);
	by_address_release(&sbr->by_gateway);
	free(sbr->sources);
	move_release(&sbr->move);
	if (sbr->turn)
		close_fd(&sbr->turn);
	*sbr = (struct sbr){ 0 };
}

/*
 * Two interfaces of a pod do not choose one table: they wait for each other. The lock of the
 * namespace's file is the reference's, and that of versions before; whoever can open the file, also
 * a program in the container, could hold it as long as it likes. So it is not insisted on.
 */
static int lock(struct chained *c, bool is_del, struct cni_error *err)
{
	struct sbr *sbr = c->conf;
	int fd = -1;
	int r = turn_wait_namespace(c->call, c->at.netns, is_del, &fd, err);

	sbr->turn = fd > 0 ? fd : 0;
	if (r < 0)
		return r;
	r = file_lock(c->at.netns, deadline_in(FOREIGN_LOCK_MS));
	if (r == -EINTR)
		return cni_fail(err, CNI_ERR_TRY_LATER, -r, "cannot lock the namespace %s",
				c->call->netns);
	if (r < 0)
		cni_warn("cannot lock the namespace %s, and goes on without", c->call->netns);
	return 0;
}

static void take_sources(struct chained *c)
{
	struct sbr *sbr = c->conf;

	sbr->sources = xcalloc(c->prev.ip_count + 1, sizeof(*sbr->sources));
	for (size_t i = 0; i < c->prev.ip_count; i++) {
		const struct result_ip *ip = &c->prev.ips[i];
		const struct addr *gateway = ip->address.addr.family == AF_INET6
						     ? &sbr->conf.gateway6
						     : &sbr->conf.gateway4;

		if (!chained_means(c, ip))
			continue;
		if (!addr_is_set(gateway))
			gateway = &ip->gateway;
		by_address_add(&sbr->by_source, &ip->address.addr, sbr->count);
		by_address_add(&sbr->by_gateway, gateway, sbr->count);
		sbr->sources[sbr->count++] = (struct source){
			.address = ip->address,
			.gateway = *gateway,
		};
	}
	by_address_sort(&sbr->by_source);
	by_address_sort(&sbr->by_gateway);
}

static void take_routes_of_link(struct sbr *sbr)
{
	struct kernel_routes *all = sbr->routing.routes, *of_link = &sbr->of_link;

	of_link->items = xcalloc(all[0].count + all[1].count + 1, sizeof(*of_link->items));
	for (int family = 0; family < 2; family++) {
		for (size_t i = 0; i < all[family].count; i++) {
			if (all[family].items[i].link == sbr->link.index &&
			    all[family].items[i].table == RT_TABLE_MAIN)
				of_link->items[of_link->count++] = all[family].items[i];
		}
	}
	reach_make(of_link, &sbr->reach);
}

static int look(struct chained *c, struct cni_error *err)
{
	struct sbr *sbr = c->conf;
	int r;

	take_sources(c);
	if (sbr->count == 0)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "No IP addresses supplied");
	r = link_get(&c->at.container, c->call->ifname, &sbr->link);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to find %s in the container",
				c->call->ifname);
	return routing_read(&c->at.container, &sbr->routing, err);
}

static int add_tables(struct chained *c, struct cni_error *err)
{
	struct sbr *sbr = c->conf;
	struct netlink *nl = &c->at.container;
	cleanup_free uint32_t *tables = routing_free_tables(&sbr->routing, sbr->count);
	int r = 0;

	for (size_t i = 0; r == 0 && i < sbr->count; i++) {
		struct source *source = &sbr->sources[i];

		source->table = sbr->conf.table > 0 ? (uint32_t)sbr->conf.table : tables[i];
		r = move_add_rule(nl, source, &sbr->move, err);
		if (r == 0 && sbr->conf.table < 0)
			r = move_fill_table(nl, source, &sbr->reach, sbr->link.index, &sbr->move,
					    err);
	}
	return r;
}

static int clear_main(struct chained *c, struct cni_error *err)
{
	struct sbr *sbr = c->conf;
	struct netlink *nl = &c->at.container;
	cleanup_error struct cni_error why = { 0 };

	if (sbr->conf.table > 0)
		return 0;
	if (!sbr->conf.source_hints)
		return move_remove(nl, &sbr->of_link, false, &sbr->move, err);
	for (size_t i = 0; i < sbr->count; i++)
		move_hint(nl, &sbr->sources[i], &sbr->reach, sbr->link.index, &sbr->move);
	if (move_remove(nl, &sbr->of_link, true, &sbr->move, &why) < 0)
		cni_warn("%s", why.msg);
	return 0;
}

static int add(struct chained *c, struct cni_error *err)
{
	int r = lock(c, false, err) ?: look(c, err) ?: sbr_remove_old(c, err);

	if (r < 0)
		return r;
	take_routes_of_link(c->conf);
	return add_tables(c, err) ?: clear_main(c, err);
}

static void undo(struct chained *c)
{
	struct sbr *sbr = c->conf;

	move_undo(&c->at.container, &sbr->of_link, &sbr->move);
}

static struct by_address sorted_addrs(const struct ifaddrs *list, int link)
{
	struct by_address addrs = { 0 };

	for (size_t i = 0; i < list->count; i++) {
		if (!link || list->items[i].link == link)
			by_address_add(&addrs, &list->items[i].address.addr, i);
	}
	by_address_sort(&addrs);
	return addrs;
}

/*
 * Of this interface is what has an address of it. When it is gone already, the previous result may
 * name the address; and a rule of ours for an address that nobody has is nobody's.
 */
static bool is_of_interface(const struct sbr *sbr, const struct kernel_rule *rule,
			    const struct by_address *of_link, const struct by_address *all)
{
	if (!rule_may_be_ours(rule) ||
	    (sbr->conf.table > 0 && rule->table != (uint32_t)sbr->conf.table))
		return false;
	if (by_address_get(of_link, &rule->source.addr))
		return true;
	return !by_address_get(all, &rule->source.addr) &&
	       (rule->protocol == SBR_PROTOCOL || sbr_find_source(sbr, rule));
}

static int delete_rules(struct chained *c, const struct ifaddrs *list, struct cni_error *err)
{
	struct sbr *sbr = c->conf;
	const int link = sbr->link.index ? sbr->link.index : -1;
	cleanup_by_address struct by_address of_link = sorted_addrs(list, link);
	cleanup_by_address struct by_address all = sorted_addrs(list, 0);
	int first = 0;

	for (size_t i = 0; i < sbr->routing.rules.count; i++) {
		const struct kernel_rule *rule = &sbr->routing.rules.items[i];
		int r;

		if (signals_in_turn(i) < 0)
			return cni_fail(err, CNI_ERR_TRY_LATER, EINTR, "cannot delete the rules");
		if (!is_of_interface(sbr, rule, &of_link, &all))
			continue;
		r = rule_delete(&c->at.container, rule);
		if (r < 0 && first == 0)
			first = cni_fail(err, CNI_ERR_LINK, -r, "failed to delete a rule of %s",
					 c->call->ifname);
	}
	return first;
}

static int del(struct chained *c, struct cni_error *err)
{
	struct sbr *sbr = c->conf;
	cleanup_ifaddrs struct ifaddrs list = { 0 };
	int r;

	if (c->at.netns < 0)
		return 0;
	r = lock(c, true, err);
	if (r < 0)
		return r;
	take_sources(c);
	r = link_get(&c->at.container, c->call->ifname, &sbr->link);
	if (r == 0 || r == -ENODEV)
		r = ifaddr_list(&c->at.container, 0, AF_UNSPEC, &list);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r,
				"failed to list the addresses of the container");
	return routing_read_rules(&c->at.container, &sbr->routing, err)
		       ?: delete_rules(c, &list, err);
}

static int check(struct chained *c, struct cni_error *err)
{
	int r = look(c, err);

	return r < 0 ? r : sbr_check(c->conf, err);
}

static const struct chained_kind kind = {
	.sockets = CHAINED_CONTAINER,
	.no_prev = "This plugin must be called as chained plugin",
	.no_prev_code = CNI_ERR_CONFIG,
	.conf_size = sizeof(struct sbr),
	.read = read_conf,
	.release = release,
	.add = add,
	.undo = undo,
	.del = del,
	.check = check,
};

static const struct cni_plugin sbr = {
	.name = "sbr",
	CHAINED_VERBS(&kind),
};

int main(int count, char **arguments)
{
	return cni_plugin_main(&sbr, count, arguments);
}
