/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of firewall. */
#include "firewall_conf.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "types/conf.h"

enum { CHAIN_NAME = 28 /* what iptables takes for the name of a chain */ };

struct keys {
	const char *backend, *admin_chain, *zone, *policy;
};

static const struct conf_key keys_table[] = {
	CONF_STRING(struct keys, backend, "backend", ""),
	CONF_STRING(struct keys, admin_chain, "iptablesAdminChainName", ""),
	CONF_STRING(struct keys, zone, "firewalldZone", ""),
	CONF_STRING(struct keys, policy, "ingressPolicy", ""),
};

static int read_policy(const char *policy, enum ingress_policy *ret, struct cni_error *err)
{
	static const char *const names[] = {
		[POLICY_OPEN] = "open",
		[POLICY_SAME_BRIDGE] = "same-bridge",
		[POLICY_ISOLATED] = "isolated",
	};

	*ret = POLICY_OPEN;
	if (!*policy)
		return 0;
	for (size_t i = 0; i < array_size(names); i++) {
		if (!text_equal(policy, names[i]))
			continue;
		*ret = (enum ingress_policy)i;
		return 0;
	}
	return cni_fail(err, CNI_ERR_CONFIG, 0,
			"unknown ingress policy: \"%s\" is none of open, same-bridge, isolated",
			policy);
}

/* What is asked of it cannot be had in another way: its zones are firewalld's. */
static int read_backend(const char *backend, const char **ret_unknown, struct cni_error *err)
{
	int r;

	*ret_unknown = NULL;
	if (!*backend || text_equal(backend, "iptables"))
		return 0;
	if (!text_equal(backend, "firewalld")) {
		*ret_unknown = backend;
		return 0;
	}
	r = cni_fail(err, CNI_ERR_CONFIG, 0, "backend \"firewalld\" is not supported");
	cni_error_details(err, "leave the key out and let firewalld trust the network's bridge: "
			       "firewall-cmd --permanent --zone=trusted --add-interface=BRIDGE; "
			       "firewall-cmd --reload");
	return r;
}

static int read_admin_chain(const char *chain, const char **ret, struct cni_error *err)
{
	static const char *const taken[] = { "CNI-FORWARD", "FORWARD", "INPUT", "OUTPUT" };
	bool is_taken = false;

	*ret = *chain ? chain : "CNI-ADMIN";
	for (size_t i = 0; i < array_size(taken); i++)
		is_taken |= text_equal(*ret, taken[i]);
	if (is_taken || strlen(*ret) > CHAIN_NAME || (*ret)[0] == '-' || (*ret)[0] == '!' ||
	    strpbrk(*ret, " \t\n\r\v\f"))
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"iptablesAdminChainName: \"%s\" cannot be the name of a chain of "
				"the administrator's",
				*ret);
	return 0;
}

int firewall_conf_read(const struct netconf *netconf, struct firewall_conf *ret,
		       struct cni_error *err)
{
	struct firewall_conf conf;
	struct keys keys;
	int r;

	r = conf_read(netconf->json, keys_table, array_size(keys_table), "", &keys, err);
	if (r < 0)
		cni_error_prefix(err, "failed to load netconf");
	if (r == 0)
		r = read_policy(keys.policy, &conf.policy, err);
	if (r == 0)
		r = read_admin_chain(keys.admin_chain, &conf.admin_chain, err);
	if (r == 0)
		r = read_backend(keys.backend, &conf.unknown_backend, err);
	if (r == 0)
		*ret = conf;
	return r;
}
