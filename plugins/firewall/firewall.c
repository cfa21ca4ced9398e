/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * firewall: lets a container's packets through what else filters on the host, and keeps those of
 * other bridges and containers away from it where its policy says so. Chained behind the plugin
 * that attached the container.
 */
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/warn.h"
#include "firewall_conf.h"
#include "forward.h"
#include "guard.h"
#include "nft/change.h"
#include "others.h"
#include "plugin/chained.h"
#include "plugin/rules.h"
#include "zone.h"

/* What a verb works with: what the result says, in the forms that the three parts want. */
struct work {
	struct rules rules;
	struct guard guard;
	struct forward forward;
	struct zone zone;
	struct addr *addresses; /* sorted, each once */
	const char **ports;
};

static void work_release(struct work *work)
{
	zone_close(&work->zone);
	netlink_shut(&work->rules.nft);
	free(work->addresses);
	free(work->ports);
}

#define cleanup_work cleanup_with(work_release)

static int compare(const void *a, const void *b)
{
	return addr_compare(a, b);
}

/* All addresses of the result, whichever interface they are on; 0.0.0.0 and :: are nobody's. */
static size_t list_addresses(const struct result *prev, struct addr *ret)
{
	size_t count = 0, unique = 0;

	for (size_t i = 0; i < prev->ip_count; i++) {
		if (!addr_is_unspecified(&prev->ips[i].address.addr))
			ret[count++] = prev->ips[i].address.addr;
	}
	qsort(ret, count, sizeof(*ret), compare);
	for (size_t i = 0; i < count; i++) {
		if (unique == 0 || !addr_equal(&ret[unique - 1], &ret[i]))
			ret[unique++] = ret[i];
	}
	return unique;
}

static bool is_link_name(const char *name)
{
	return *name && strlen(name) < IFNAMSIZ;
}

/* Links on the host, behind the bridge; what attaches to a bridge tells them. */
static size_t list_ports(const struct result *prev, const char **ret)
{
	size_t count = 0;

	for (size_t i = 1; i < prev->interface_count; i++) {
		const struct result_interface *one = &prev->interfaces[i];

		if (text_is_empty(one->sandbox) && is_link_name(one->name))
			ret[count++] = one->name;
	}
	return count;
}

static struct work work_of(const struct chained *c)
{
	const struct firewall_conf *conf = c->conf;
	const struct result *prev = &c->prev;
	const bool has_bridge = prev->interface_count > 0;
	struct work work = {
		.rules = rules_of(c->call),
		.addresses = xcalloc(prev->ip_count + 1, sizeof(*work.addresses)),
		.ports = xcalloc(prev->interface_count + 1, sizeof(*work.ports)),
	};

	work.forward = (struct forward){
		.owner = c->owner.text,
		.admin_chain = conf->admin_chain,
		.addresses = work.addresses,
		.count = list_addresses(prev, work.addresses),
	};
	work.guard = (struct guard){
		.owner = c->owner.text,
		.policy = conf->policy,
		.bridge = has_bridge && conf->policy != POLICY_OPEN ? prev->interfaces[0].name : "",
		.addresses = work.addresses,
		.count = work.forward.count,
		.ports = work.ports,
		.port_count = list_ports(prev, work.ports),
	};
	work.zone = (struct zone){
		.backend = conf->backend,
		.name = conf->zone ? conf->zone : "trusted",
		.owner = c->owner.text,
		.addresses = work.addresses,
		.count = work.forward.count,
		.patience_ms = ZONE_PATIENCE_MS,
	};
	return work;
}

static int check_bridge(const struct guard *guard, struct cni_error *err)
{
	if (guard->policy == POLICY_OPEN || is_link_name(guard->bridge))
		return 0;
	return cni_fail(err, CNI_ERR_CONFIG, 0,
			"ingressPolicy: the first interface of prevResult must be the bridge, and "
			"\"%s\" cannot be one",
			guard->bridge);
}

static void tell_oddities(const struct firewall_conf *conf, const struct guard *guard)
{
	if (conf->unknown_backend)
		cni_warn("backend \"%s\" is unknown and means none", conf->unknown_backend);
	if (guard->policy == POLICY_ISOLATED && guard->port_count == 0)
		cni_warn("prevResult names no port of bridge %s: frames between its ports are "
			 "dropped only with br_netfilter",
			 guard->bridge);
}

/* The first interface is the bridge of most networks; others have no rules that could name it. */
static const char *first_name(const struct result *prev)
{
	return prev->interface_count > 0 && text_is_empty(prev->interfaces[0].sandbox)
		       ? prev->interfaces[0].name
		       : "";
}

/*
 * Where firewalld filters, it decides: what accepts the container beside it would lead past its
 * zones.
 */
static int let_through(struct work *work, bool has_zone, struct cni_error *err)
{
	if (!has_zone)
		return forward_accept(&work->rules.nft, &work->forward, err);
	work->forward.count = 0; /* what tells no owner may be the administrator's */
	return forward_withdraw(&work->rules.nft, &work->forward, err)
		       ?: zone_add(&work->zone, err);
}

static int firewall_add(struct chained *c, struct cni_error *err)
{
	cleanup_work struct work work = work_of(c);
	struct firewall_conf *conf = c->conf;
	int has_zone, r = check_bridge(&work.guard, err);

	if (r < 0)
		return r;
	tell_oddities(conf, &work.guard);
	has_zone = zone_open(&work.zone, CNI_ERR_TRY_LATER, err);
	if (has_zone <= 0)
		conf->backend = BACKEND_NATIVE; /* there is nothing to undo, and who waited once
						   does not again */
	if (has_zone < 0)
		return has_zone;
	r = rules_open(&work.rules, err)
		    ?: guard_set(&work.rules.nft, &work.guard, err)
		    ?: let_through(&work, has_zone, err);
	if (r == 0 && work.guard.count > 0)
		others_tell(&work.rules.nft, first_name(&c->prev), has_zone);
	return r;
}

/* Goes on after errors. First the zone: which addresses are meant stands in the tables. */
static int remove_all(struct work *work, struct cni_error *err)
{
	cleanup_error struct cni_error more = { 0 };
	int r = zone_open_leniently(&work->zone, &more);

	if (r > 0)
		zone_withdraw(&work->zone, &work->rules.nft);
	cni_error_ignore(&more);
	r = guard_delete(&work->rules.nft, work->guard.owner, err);
	return cni_error_collect(err, &more, r,
				 forward_withdraw(&work->rules.nft, &work->forward, &more));
}

/* Rules that tell no owner are not of this ADD. */
static void firewall_undo(struct chained *c)
{
	cleanup_work struct work work = work_of(c);
	cleanup_error struct cni_error err = { 0 };
	int r = rules_open(&work.rules, &err);

	work.forward.count = 0;
	work.zone.patience_ms = ZONE_UNDO_MS;
	if (r == 0)
		r = remove_all(&work, &err);
	if (r < 0)
		cni_warn("%s", err.msg);
}

/* The result, where there is one, only tells the addresses that the reference's plugin accepted. */
static int firewall_del(struct chained *c, struct cni_error *err)
{
	cleanup_work struct work work = work_of(c);
	int r = rules_open(&work.rules, err);

	if (r == -EPROTONOSUPPORT || r == -EAFNOSUPPORT) {
		cni_error_release(err); /* a kernel without netfilter has no rules */
		return 0;
	}
	return r < 0 ? r : remove_all(&work, err);
}

/* What the reference's plugin made for a container is enough: it has no more to compare. */
static int check_native(struct work *work, struct cni_error *err)
{
	bool by_reference = false;
	int r = forward_check(&work->rules.nft, &work->forward, err);

	if (r < 0)
		return r;
	r = guard_check(&work->rules.nft, &work->guard, err);
	if (r == 0 ||
	    forward_is_accepted_by_reference(&work->rules.nft, &work->forward, &by_reference) < 0 ||
	    !by_reference)
		return r;
	cni_error_release(err);
	return 0;
}

/* Without a policy the zone is all that the reference's plugin has, and nothing else decides. */
static int check_zone(struct work *work, struct cni_error *err)
{
	int r = zone_check(&work->zone, err);

	if (r < 0 || work->guard.policy == POLICY_OPEN)
		return r;
	return guard_check(&work->rules.nft, &work->guard, err);
}

static int firewall_check(struct chained *c, struct cni_error *err)
{
	cleanup_work struct work work = work_of(c);
	int has_zone, r = check_bridge(&work.guard, err) ?: rules_open(&work.rules, err);

	if (r < 0)
		return r;
	has_zone = zone_open(&work.zone, CNI_ERR_TRY_LATER, err);
	if (has_zone < 0)
		return has_zone;
	return has_zone ? check_zone(&work, err) : check_native(&work, err);
}

static int firewall_status(struct chained *c, struct cni_error *err)
{
	cleanup_work struct work work = work_of(c);
	int r = rules_status(c->call, guard_tables, GUARD_TABLES, err)
			?: rules_open(&work.rules, err);
	const int has_zone = r < 0 ? r : zone_open(&work.zone, CNI_ERR_NOT_AVAILABLE, err);

	if (has_zone < 0)
		return has_zone;
	r = has_zone ? zone_status(&work.zone, err) : 0;
	if (r == 0)
		others_tell(&work.rules.nft, "", has_zone);
	return r;
}

static int firewall_collect(struct chained *c, struct attachments *valid, struct cni_error *err)
{
	cleanup_work struct work work = work_of(c);
	cleanup_error struct cni_error more = { 0 };
	const char *network = c->call->conf.name;
	int has_zone, r = rules_open(&work.rules, err);

	if (r < 0)
		return r;
	has_zone = zone_open_leniently(&work.zone, err);
	if (has_zone < 0)
		return has_zone;
	if (has_zone)
		r = zone_collect(&work.zone, network, attachments_keep, valid, err);
	if (r < 0)
		return r;
	if (has_zone)
		r = zone_restore(&work.zone, network, attachments_keep, valid, err);
	r = cni_error_collect(err, &more, r,
			      guard_collect(&work.rules.nft, network, attachments_keep, valid,
					    &more));
	return cni_error_collect(err, &more, r,
				 forward_collect(&work.rules.nft, network, attachments_keep, valid,
						 &more));
}

static int read_conf(struct cni_call *call, void *conf, struct cni_error *err)
{
	return firewall_conf_read(&call->conf, conf, err);
}

static const struct chained_kind kind = {
	.sockets = CHAINED_NONE,
	.no_prev = "missing prevResult from earlier plugin",
	.no_prev_code = CNI_ERR_INTERNAL,
	.conf_size = sizeof(struct firewall_conf),
	.read = read_conf,
	.add = firewall_add,
	.undo = firewall_undo,
	.del = firewall_del,
	.check = firewall_check,
	.status = firewall_status,
	.collect = firewall_collect,
};

static const struct cni_plugin firewall = {
	.name = "firewall",
	.lowest_version = "0.4.0", /* the reference's; CHECK begins with it */
	/* nerdctl: from 1.1.0 there is ingressPolicy, from 1.7.1 its value isolated. */
	.reference_release = "v1.7.1",
	CHAINED_VERBS(&kind),
};

int main(int count, char **arguments)
{
	return cni_plugin_main(&firewall, count, arguments);
}
