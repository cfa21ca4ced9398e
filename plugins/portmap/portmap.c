/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * portmap: makes ports of a container reachable through the host's. Chained behind the plugin that
 * attached the container; all it makes is in one nftables table (table.h).
 */
#include <errno.h>

#include "base/warn.h"
#include "conf.h"
#include "flows.h"
#include "nft/reference.h"
#include "plan.h"
#include "plugin/attachments.h"
#include "plugin/check.h"
#include "plugin/plugin.h"
#include "plugin/rules.h"
#include "rules.h"
#include "table.h"

static int fail_config(int r, struct cni_error *err)
{
	cni_error_prefix(err, "failed to parse config");
	return r;
}

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

/* The namespace, and all that the ports need. */
static int plan(const struct portmap_conf *conf, const struct result *prev,
		const struct cni_call *call, const struct owner *owner, struct owned_entries *ret,
		struct cni_error *err)
{
	bool has_link;
	int r = owner_has_link(owner, prev, &has_link, err);

	return r < 0 ? r : plan_ports(conf, prev, call->ifname, has_link, ret, err);
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

static int map_ports(struct cni_call *call, const struct portmap_conf *conf,
		     const struct result *prev, struct cni_error *err)
{
	undo_rules struct rules rules = rules_of(call);
	cleanup_entries struct owned_entries entries = { 0 };
	const struct node netns = look_at_netns(call->netns);
	const struct owned_entry life = life_entry_pack(&netns);
	bool takes_over;
	int r = plan(conf, prev, call, &rules.owner, &entries, err);

	if (r < 0 || entries.count == 0)
		return r;
	if (netns.inode)
		owned_entries_add(&entries, &life);
	r = rules_open(&rules, err);
	if (r == 0)
		r = ports_set(&rules.nft, &rules.owner, &entries, &netns, &takes_over, err);
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

static int portmap_add(struct cni_call *call, struct text *out, struct cni_error *err)
{
	cleanup_portmap_conf struct portmap_conf conf = { 0 };
	cleanup_result struct result prev = { 0 };
	int has_prev, r;

	has_prev = netconf_prev_result(&call->conf, &prev, err);
	r = has_prev < 0 ? has_prev : portmap_conf_read(&call->conf, &conf, err);
	if (r < 0)
		return fail_config(r, err);
	if (!has_prev)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "must be called as chained plugin");
	if (conf.asks_for_iptables)
		cni_warn("backend \"iptables\": nftables is used, it works beside iptables rules");
	r = result_print(&prev, call->conf.version, out, err);
	if (r < 0 || conf.count == 0)
		return r;
	return map_ports(call, &conf, &prev, err);
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
		ports_tidy(&rules->nft);
	if (r < 0 || entries.count == 0)
		return r;
	r = ports_delete(&rules->nft, &rules->owner, err);
	if (r == 0)
		report_flows(flows_forget_of(&rules->nft, &entries), "DEL");
	return r;
}

/* What is wrong with the configuration is told, and nothing else follows from it. */
static void report_config(const struct cni_call *call)
{
	cleanup_portmap_conf struct portmap_conf conf = { 0 };
	cleanup_error struct cni_error err = { 0 };

	if (portmap_conf_read(&call->conf, &conf, &err) < 0)
		cni_warn("not needed to remove the ports, and ignored: %s", err.msg);
}

/* Needs no more than the owner. */
static int portmap_del(struct cni_call *call, struct cni_error *err)
{
	undo_rules struct rules rules = rules_of(call);
	cleanup_error struct cni_error more = { 0 };
	int r = rules_open(&rules, err);

	report_config(call);
	if (r == -EPROTONOSUPPORT || r == -EAFNOSUPPORT) {
		cni_error_release(err); /* a kernel without netfilter has no ports to remove */
		return 0;
	}
	if (r < 0)
		return r;
	r = unmap_ports(&rules, err);
	return cni_error_collect(err, &more, r,
				 reference_delete_ports(&rules.nft, &rules.attachment, &more));
}

static int portmap_check(struct cni_call *call, struct cni_error *err)
{
	undo_rules struct rules rules = rules_of(call);
	cleanup_portmap_conf struct portmap_conf conf = { 0 };
	cleanup_entries struct owned_entries entries = { 0 };
	cleanup_result struct result prev = { 0 };
	int r;

	r = portmap_conf_read(&call->conf, &conf, err);
	if (r == 0)
		r = check_prev_result(call, &prev, err);
	if (r < 0 || conf.count == 0)
		return r;
	r = plan(&conf, &prev, call, &rules.owner, &entries, err);
	if (r == 0)
		r = rules_open(&rules, err);
	return r < 0 ? r : ports_check(&rules.nft, &rules.owner, &entries, err);
}

static int portmap_status(struct cni_call *call, struct cni_error *err)
{
	cleanup_portmap_conf struct portmap_conf conf = { 0 };
	undo_rules struct rules rules = rules_of(call);
	int r = portmap_conf_read(&call->conf, &conf, err);

	if (r == 0)
		r = rules_status(call, 0, err);
	if (r == 0)
		r = rules_open(&rules, err);
	return r < 0 ? r : owned_status(&rules.nft, &port_table, err);
}

static int portmap_gc(struct cni_call *call, struct cni_error *err)
{
	undo_rules struct rules rules = rules_of(call);
	cleanup_attachments struct attachments valid = { 0 };
	int has_list = attachments_read(&call->conf, &valid, err);
	int r;

	if (has_list <= 0)
		return has_list;
	r = rules_open(&rules, err);
	return r < 0 ? r
		     : ports_collect(&rules.nft, call->conf.name, attachments_keep, &valid, err);
}

static const struct cni_plugin portmap = {
	.name = "portmap",
	.config_words = "failed to parse config: failed to parse network configuration",
	.add = portmap_add,
	.del = portmap_del,
	.check = portmap_check,
	.status = portmap_status,
	.gc = portmap_gc,
};

int main(void)
{
	return cni_plugin_main(&portmap);
}
