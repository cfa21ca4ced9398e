/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ptp: a veth pair between container and host, with routes on both sides. ADD: pair, addresses,
 * host side, masquerade, container side; each undone when a later one fails.
 */
#include <errno.h>

#include "host.h"
#include "net/attach.h"
#include "net/veth.h"
#include "nft/masquerade.h"
#include "plugin/check.h"
#include "plugin/interface.h"
#include "plugin/ipam.h"
#include "plugin/pair.h"
#include "plugin/rules.h"
#include "ptp_conf.h"
#include "routes.h"

enum {
	HOST_INDEX, /* places in the result's interfaces */
	CONTAINER_INDEX,
	LINK_UP_TIMEOUT_MS = 5000,
};

static int require_ipam(const struct cni_call *call, struct cni_error *err)
{
	int r;

	if (ipam_is_set(call))
		return 0;
	r = cni_fail(err, CNI_ERR_INTERNAL, 0, "no plugin name provided");
	cni_error_details(err, "ptp needs addresses: name an IPAM plugin in ipam.type");
	return r;
}

struct making {
	struct attach *at;
	struct veth_spec spec;
	char name[IFNAMSIZ]; /* of the host end */
	struct veth *ret;
};

/* The pair is made while the IPAM plugin works. */
static int make_pair_with_addresses(struct cni_call *call, struct making *making,
				    struct lease *lease, struct result *result,
				    struct cni_error *err)
{
	int r;

	r = pair_claim_name(call, &making->at->host, making->spec.owner, false, making->name, err)
		    ?: ipam_start(call, pair_is_vacant(making->at, call->ifname), lease, err)
		    ?: veth_create(making->at, &making->spec, making->name, making->ret, err);
	return r < 0 ? r : ipam_finish(lease, result, err);
}

static void list_interfaces(const struct cni_call *call, const struct veth *veth,
			    struct result *result)
{
	char mac[MAC_TEXT];

	(void)result_add_interface(result, veth->host_end.name, mac_print(veth->host_end.mac, mac),
				   NULL);
	(void)result_add_interface(result, call->ifname, mac_print(veth->container_mac, mac),
				   call->netns);
	for (size_t i = 0; i < result->ip_count; i++) {
		result->ips[i].has_interface = true;
		result->ips[i].interface = CONTAINER_INDEX;
	}
}

static int configure_container(const struct cni_call *call, const struct ptp_conf *conf,
			       struct attach *at, const struct veth *veth,
			       const struct result *result, const struct kernel_routes *routes,
			       struct cni_error *err)
{
	const struct interface_spec spec = {
		.name = call->ifname,
		.link = veth->container_index,
		.result_index = CONTAINER_INDEX,
		.accept_ra = conf->accept_ra,
		.no_prefix_route = true,
		.routes = routes,
	};
	uint8_t state;
	int r;

	r = interface_prepare(at, &spec, result, NULL, err)
		    ?: interface_configure(at, &spec, result, err);
	if (r < 0)
		return r;
	r = link_wait_up(&at->host, veth->host_end.index, LINK_UP_TIMEOUT_MS, &state);
	if (r < 0)
		return cni_fail(err, r == -EINTR ? CNI_ERR_TRY_LATER : CNI_ERR_LINK, -r,
				"failed to wait for %s to come up", veth->host_end.name);
	interface_wait(at, &spec);
	return 0;
}

static int connect_container(struct cni_call *call, const struct ptp_conf *conf, struct attach *at,
			     struct rules *rules, struct lease *lease, struct veth *veth,
			     struct text *out, struct cni_error *err)
{
	cleanup_result struct result result = { 0 };
	cleanup_routes struct kernel_routes routes = { 0 };
	struct making making = {
		.at = at,
		.spec = { .container_name = call->ifname,
			  .owner = &rules->owner,
			  .mtu = conf->mtu },
		.ret = veth,
	};
	int r;

	r = make_pair_with_addresses(call, &making, lease, &result, err);
	if (r < 0)
		return r;
	list_interfaces(call, veth, &result);
	r = ipam_check_mtu_of_result(&result, conf->mtu, err);
	if (r < 0)
		return r;
	r = routes_plan_container(&result, veth->container_index, &routes, err)
		    ?: host_configure(&at->host, veth->host_end.index, veth->host_end.name, &result,
				      err);
	if (conf->ip_masq)
		rules_wish_masquerade(rules, &result);
	if (r == 0)
		r = rules_set(rules, err);
	if (r == 0)
		r = configure_container(call, conf, at, veth, &result, &routes, err);
	if (r == 0)
		r = netconf_override_dns(&call->conf, &result.dns, err);
	if (r == 0)
		r = result_print(&result, call->conf.version, out, err);
	return r;
}

static int ptp_add(struct cni_call *call, struct text *out, struct cni_error *err)
{
	undo_lease struct lease lease = { 0 };
	undo_rules struct rules rules = rules_of(call);
	cleanup_attach struct attach at = ATTACH_CLOSED;
	undo_veth struct veth veth = { 0 };
	struct ptp_conf conf;
	int r;

	r = ptp_conf_read(call, &conf, err)
		    ?: require_ipam(call, err)
		    ?: ipam_check_mtu(call, conf.mtu, err)
		    ?: rules_check_backend(conf.ip_masq ? conf.ip_masq_backend : NULL, err)
		    ?: attach_open(&at, call->netns, call->allow_own_netns, err)
		    ?: attach_open_container(&at, err)
		    ?: (conf.ip_masq ? rules_open(&rules, err) : 0)
		    ?: connect_container(call, &conf, &at, &rules, &lease, &veth, out, err);
	if (r < 0)
		return r;
	veth_keep(&veth);
	rules_keep(&rules);
	lease_keep(&lease);
	return 0;
}

static int check_kernel(const struct cni_call *call, const struct ptp_conf *conf, struct attach *at,
			struct rules *rules, const struct result *prev, struct cni_error *err)
{
	const struct check_spec spec = { .kind = "veth" };
	const struct result_interface *expected;
	struct link container, host;
	int r;

	r = check_container(at, call, &spec, prev, &container, err)
		    ?: check_host_end(at, prev, &container, &host, &expected, err);
	if (r < 0)
		return r;
	if (!(host.flags & IFF_UP))
		return check_fail(err, "%s, the host end of %s, is down", host.name, call->ifname);
	if (text_equal(host.alias, rules->owner.text))
		r = check_loopback(at, err);
	if (r == 0)
		r = host_check(&at->host, &host, prev, err);
	if (r < 0 || !conf->ip_masq)
		return r;
	rules_wish_masquerade(rules, prev);
	return rules_check(rules, err);
}

static int ptp_check(struct cni_call *call, struct cni_error *err)
{
	undo_rules struct rules rules = rules_of(call);
	cleanup_attach struct attach at = ATTACH_CLOSED;
	cleanup_result struct result prev = { 0 };
	struct ptp_conf conf;
	int r;

	r = ptp_conf_read(call, &conf, err)
		    ?: attach_open(&at, call->netns, true, err)
		    ?: require_ipam(call, err)
		    ?: ipam_check(call, err);
	if (r == 0) {
		r = check_prev_result(call, &prev, err);
		if (r < 0 && !call->conf.prev_result)
			cni_error_prefix(err, "ptp");
	}
	return r < 0 ? r : check_kernel(call, &conf, &at, &rules, &prev, err);
}

static int ptp_status(struct cni_call *call, struct cni_error *err)
{
	static const struct owned_table *const tables[] = { &masquerade_table };
	struct ptp_conf conf;
	int r;

	r = ptp_conf_read(call, &conf, err)
		    ?: require_ipam(call, err)
		    ?: ipam_check_mtu(call, conf.mtu, err)
		    ?: (conf.ip_masq ? rules_status(call, tables, array_size(tables), err) : 0);
	return r < 0 ? r : ipam_status(call, err);
}

static const struct cni_plugin ptp = {
	.name = "ptp",
	.config_words = "failed to load netconf",
	.delegates = true,
	.add = ptp_add,
	.del = pair_del,
	.check = ptp_check,
	.status = ptp_status,
	.gc = pair_gc,
};

int main(void)
{
	return cni_plugin_main(&ptp);
}
