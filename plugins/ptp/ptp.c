/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ptp: a veth pair between container and host, with routes on both sides. ADD: pair, addresses,
 * host side, masquerade, container side; each undone when a later one fails.
 */
#include "host.h"
#include "nft/masquerade.h"
#include "plugin/check.h"
#include "plugin/pair.h"
#include "ptp_conf.h"
#include "routes.h"

static int require_ipam(const struct cni_call *call, struct cni_error *err)
{
	int r;

	if (ipam_is_set(call))
		return 0;
	r = cni_fail(err, CNI_ERR_INTERNAL, 0, "no plugin name provided");
	cni_error_details(err, "ptp needs addresses: name an IPAM plugin in ipam.type");
	return r;
}

static int configure_container(struct pair *pair, const struct interface_spec *spec,
			       struct cni_error *err)
{
	uint8_t state;
	int r = interface_configure(&pair->at, spec, &pair->result, NULL, err)
			?: pair_wait_up(pair, &state, err);

	if (r == 0)
		interface_wait(&pair->at, spec);
	return r;
}

static int ptp_add(struct cni_call *call, struct text *out, struct cni_error *err)
{
	undo_pair struct pair pair = pair_of(call);
	cleanup_routes struct kernel_routes routes = { 0 };
	struct veth_spec wanted = { 0 };
	struct interface_spec spec;
	struct ptp_conf conf;
	int r;

	r = ptp_conf_read(call, &conf, err)
		    ?: require_ipam(call, err)
		    ?: ipam_check_mtu(call, conf.mtu, err)
		    ?: rules_check_backend(conf.ip_masq ? conf.ip_masq_backend : NULL, err)
		    ?: pair_open(&pair, conf.ip_masq, err);
	if (r < 0)
		return r;
	pair.accept_ra = conf.accept_ra;
	pair.alt_name = conf.alt_name;
	wanted.mtu = conf.mtu;
	r = pair_make(&pair, &wanted, false, err) ?: pair_hear_ipam(&pair, conf.mtu, err);
	if (r < 0)
		return r;
	spec = pair_list(&pair);
	spec.no_prefix_route = true;
	spec.routes = &routes;
	if (conf.ip_masq)
		rules_wish_masquerade(&pair.rules, &pair.result);
	return routes_plan_container(&pair.result, spec.link, &routes, err)
		       ?: host_configure(&pair.at.host, &pair.veth.host.link, &pair.result, err)
		       ?: rules_set(&pair.rules, err)
		       ?: configure_container(&pair, &spec, err)
		       ?: pair_answer(&pair, out, err);
}

static int check_kernel(struct pair *pair, const struct ptp_conf *conf, struct cni_error *err)
{
	const struct check_spec spec = { .kind = "veth" };
	const struct result_interface *expected;
	struct link container, host;
	int r;

	r = check_container(&pair->at, pair->call, &spec, &pair->result, &container, err)
		    ?: check_host_end(&pair->at, &pair->result, &container, &host, &expected, err);
	if (r < 0)
		return r;
	if (!(host.flags & IFF_UP))
		return check_fail(err, "%s, the host end of %s, is down", host.name,
				  container.name);
	if (conf->ip_masq)
		rules_wish_masquerade(&pair->rules, &pair->result);
	return (text_equal(host.alias, pair->rules.owner.text) ? check_loopback(&pair->at, err) : 0)
		       ?: host_check(&pair->at.host, &host, &pair->result, err)
		       ?: rules_check(&pair->rules, err);
}

static int ptp_check(struct cni_call *call, struct cni_error *err)
{
	undo_pair struct pair pair = pair_of(call);
	struct ptp_conf conf;
	int r;

	r = ptp_conf_read(call, &conf, err)
		    ?: attach_open(&pair.at, call->netns, true, err)
		    ?: require_ipam(call, err)
		    ?: ipam_check(call, err);
	if (r < 0)
		return r;
	r = check_prev_result(call, &pair.result, err);
	if (r < 0 && !call->conf.prev_result)
		cni_error_prefix(err, "ptp");
	return r ?: check_kernel(&pair, &conf, err);
}

static int ptp_status(struct cni_call *call, struct cni_error *err)
{
	static const struct owned_table *const tables[] = { &masquerade_table };
	struct ptp_conf conf;

	return ptp_conf_read(call, &conf, err)
		       ?: require_ipam(call, err)
		       ?: ipam_check_mtu(call, conf.mtu, err)
		       ?: (conf.ip_masq ? rules_status(call, tables, array_size(tables), err) : 0)
		       ?: ipam_status(call, err);
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

int main(int count, char **arguments)
{
	return cni_plugin_main(&ptp, count, arguments);
}
