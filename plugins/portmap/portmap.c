/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * portmap: makes ports of a container reachable through the host's. Chained behind the plugin that
 * attached the container; all it makes is in one nftables table (table.h).
 */
#include <errno.h>

#include "base/warn.h"
#include "flows.h"
#include "nft/reference.h"
#include "plan.h"
#include "plugin/chained.h"
#include "plugin/rules.h"
#include "port_table.h"
#include "portmap_conf.h"
#include "ports.h"

/* Stale connections are no reason to undo what works. */
static void report_flows(int r, const char *when)
{
	const char *hint = r == -EINVAL || r == -EOPNOTSUPP
				   ? "; the kernel module nf_conntrack_netlink may be missing"
				   : "";

	if (r < 0)
		cni_warn("connections from before %s may go on for a while: %s%s", when,
			 strerror(-r), hint);
}

static int plan(const struct chained *c, struct owned_entries *ret, struct cni_error *err)
{
	bool has_link;

	return owner_has_link(&c->owner, &c->prev, &has_link, err)
		       ?: plan_ports(c, has_link, ret, err);
}

/* The container's namespace, by which its death will be known; all zero when it cannot be seen. */
static struct node look_at_netns(const char *path)
{
	struct node netns = { 0 };

	if (!*path || node_look(path, &netns) < 0)
		return (struct node){ 0 };
	if (node_path_is_of_process(path))
		netns.ctime = 0;
	return netns;
}

static int map_ports(struct chained *c, struct cni_error *err)
{
	undo_rules struct rules rules = rules_of(c->call);
	cleanup_entries struct owned_entries entries = { 0 };
	const struct node netns = look_at_netns(c->call->netns);
	const struct owned_entry life = life_entry_pack(&netns);
	bool takes_over;
	int r = plan(c, &entries, err);

	if (r < 0 || entries.count == 0)
		return r;
	if (netns.inode)
		owned_entries_add(&entries, &life);
	r = rules_open(&rules, err)
		    ?: ports_set(&rules.nft, &rules.owner, &entries, &netns, &takes_over, err);
	if (r == 0 && (takes_over || flows_can_be_stale(&entries)))
		r = flows_forget_before(&rules.nft, &entries);
	if (r == -EINTR && !cni_error_is_set(err)) {
		ignore(ports_delete(&rules.nft, &rules.owner, NULL)); /* the next DEL does */
		return cni_fail(err, CNI_ERR_TRY_LATER, EINTR, "cannot map ports");
	}
	if (r < 0 && !cni_error_is_set(err)) {
		report_flows(r, "ADD");
		return 0;
	}
	return r;
}

static int add(struct chained *c, struct cni_error *err)
{
	const struct portmap_conf *conf = c->conf;

	if (conf->asks_for_iptables)
		cni_warn("backend \"iptables\": nftables is used, it works beside iptables rules");
	return conf->count > 0 ? map_ports(c, err) : 0;
}

/*
 * Most containers have no ports: they cost a few questions. One of these is whether the table is
 * empty, which somebody left who was killed.
 */
static int unmap_ports(struct rules *rules, struct cni_error *err)
{
	cleanup_entries struct owned_entries entries = { 0 };
	int r = ports_get(&rules->nft, &rules->owner, &entries, err);

	if (r == 0 && entries.count == 0)
		owned_tidy(&rules->nft, &port_table);
	if (r < 0 || entries.count == 0)
		return r;
	r = ports_delete(&rules->nft, &rules->owner, err);
	if (r == 0)
		report_flows(flows_forget_of(&rules->nft, &entries), "DEL");
	return r;
}

static int del(struct chained *c, struct cni_error *err)
{
	undo_rules struct rules rules = rules_of(c->call);
	cleanup_present struct nft_present present = { 0 };
	cleanup_error struct cni_error more = { 0 };
	int r = rules_open(&rules, err);

	if (r == -EPROTONOSUPPORT || r == -EAFNOSUPPORT) {
		cni_error_release(err); /* a kernel without netfilter has no ports to remove */
		return 0;
	}
	if (r < 0)
		return r;
	nft_present_read(&rules.nft, &present);
	r = nft_present_has(&present, &port_table.table) ? unmap_ports(&rules, err) : 0;
	return cni_error_collect(err, &more, r,
				 reference_delete_ports(&rules.nft, &present, &rules.attachment,
							&more));
}

static int check(struct chained *c, struct cni_error *err)
{
	undo_rules struct rules rules = rules_of(c->call);
	const struct portmap_conf *conf = c->conf;
	cleanup_entries struct owned_entries entries = { 0 };
	bool is_reference = false;
	int r;

	if (conf->count == 0)
		return 0;
	r = plan(c, &entries, err) ?: rules_open(&rules, err);
	if (r < 0)
		return r;
	r = ports_check(&rules.nft, &rules.owner, &entries, err);
	if (r == 0 || reference_has_ports(&rules.nft, &rules.attachment, &is_reference) < 0 ||
	    !is_reference)
		return r;
	cni_error_release(err); /* published by the Go plugin, until our DEL */
	return 0;
}

static int status(struct chained *c, struct cni_error *err)
{
	return rules_status(c->call, port_tables, array_size(port_tables), err);
}

static int collect(struct chained *c, struct attachments *valid, struct cni_error *err)
{
	undo_rules struct rules rules = rules_of(c->call);

	return rules_collect(&rules, port_tables, array_size(port_tables), valid, err);
}

static int read_conf(struct cni_call *call, void *ret, struct cni_error *err)
{
	return portmap_conf_read(&call->conf, ret, err);
}

static void release_conf(void *conf)
{
	portmap_conf_release(conf);
}

static const struct chained_kind kind = {
	.no_prev = "must be called as chained plugin",
	.no_prev_code = CNI_ERR_CONFIG,
	.config_words = "failed to parse config",
	.conf_size = sizeof(struct portmap_conf),
	.read = read_conf,
	.release = release_conf,
	.add = add,
	.del = del,
	.check = check,
	.status = status,
	.collect = collect,
};

static const struct cni_plugin portmap = {
	.name = "portmap",
	.config_words = "failed to parse config: failed to parse network configuration",
	CHAINED_VERBS(&kind),
};

int main(int count, char **arguments)
{
	return cni_plugin_main(&portmap, count, arguments);
}
