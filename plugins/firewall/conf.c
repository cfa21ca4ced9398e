/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of firewall. */
#include "firewall_conf.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/utf8.h"
#include "types/conf.h"

enum {
	CHAIN_NAME = 28, /* what iptables takes for the name of a chain */
	ZONE_MAX = 255,	 /* bytes; firewalld itself takes fewer */
};

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

static void read_backend(const char *backend, struct firewall_conf *conf)
{
	conf->backend = BACKEND_AUTO;
	conf->unknown_backend = NULL;
	if (text_equal(backend, "firewalld"))
		conf->backend = BACKEND_FIREWALLD;
	else if (text_equal(backend, "iptables"))
		conf->backend = BACKEND_NATIVE;
	else if (*backend)
		conf->unknown_backend = backend;
}

/* The bus carries nothing but UTF-8; which zones there are firewalld knows. */
static int read_zone(const char *zone, const char **ret, struct cni_error *err)
{
	const size_t size = strlen(zone);
	size_t at = 0, step = 1;
	uint32_t character;

	*ret = size > 0 ? zone : "trusted";
	while (at < size && step > 0) {
		step = utf8_decode(zone + at, size - at, &character);
		at += step;
	}
	if (step > 0 && size <= ZONE_MAX)
		return 0;
	return cni_fail(err, CNI_ERR_CONFIG, 0,
			"firewalldZone: \"%s\" cannot be the name of a zone", zone);
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
		r = read_zone(keys.zone, &conf.zone, err);
	if (r < 0)
		return r;
	read_backend(keys.backend, &conf);
	*ret = conf;
	return 0;
}
