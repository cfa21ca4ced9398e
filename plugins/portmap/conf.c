/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of portmap, and which of them exclude each other. */
#include "portmap_conf.h"

#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"
#include "types/conf.h"

enum { DEFAULT_MARK_BIT = 13, MAX_MARK_BIT = 31, MAX_PORT = 65535, NOT_GIVEN = INT32_MIN };

struct keys {
	const char *backend, *set_mark_chain;
	bool snat, masq_all;
	int mark_bit;
	const cJSON *conditions4, *conditions6;
};

static const struct conf_key keys_table[] = {
	CONF_STRING(struct keys, backend, "backend", NULL),
	CONF_BOOL(struct keys, snat, "snat", true),
	CONF_BOOL(struct keys, masq_all, "masqAll", false),
	CONF_INT(struct keys, mark_bit, "markMasqBit", NOT_GIVEN, 1, 0),
	CONF_STRING(struct keys, set_mark_chain, "externalSetMarkChain", NULL),
	CONF_STRINGS(struct keys, conditions4, "conditionsV4"),
	CONF_STRINGS(struct keys, conditions6, "conditionsV6"),
};

struct runtime_keys {
	const cJSON *mappings;
};

static const struct conf_key runtime_table[] = {
	CONF_LIST(struct runtime_keys, mappings, "portMappings"),
};

struct mapping_keys {
	int host_port, container_port;
	const char *protocol, *host;
};

static const struct conf_key mapping_table[] = {
	CONF_INT(struct mapping_keys, host_port, "hostPort", 0, 1, 0),
	CONF_INT(struct mapping_keys, container_port, "containerPort", 0, 1, 0),
	CONF_STRING(struct mapping_keys, protocol, "protocol", ""),
	CONF_STRING(struct mapping_keys, host, "hostIP", ""),
};

static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {
	{ "tcp", IPPROTO_TCP },
	{ "udp", IPPROTO_UDP },
	{ "sctp", IPPROTO_SCTP },
};

const char *protocol_name(uint8_t protocol)
{
	for (size_t i = 0; i < array_size(protocols); i++) {
		if (protocols[i].number == protocol)
			return protocols[i].name;
	}
	return "?";
}

/* Kubernetes and Docker take a missing protocol for TCP. */
static int read_protocol(const char *name, uint8_t *ret, struct cni_error *err)
{
	*ret = *name ? 0 : IPPROTO_TCP;
	for (size_t i = 0; i < array_size(protocols); i++) {
		if (strcasecmp(name, protocols[i].name) == 0)
			*ret = protocols[i].number;
	}
	if (*ret)
		return 0;
	return cni_fail(err, CNI_ERR_CONFIG, 0, "Invalid protocol: %s is none of tcp, udp, sctp",
			name);
}

static int read_mapping(const cJSON *item, const char *where, struct port_mapping *ret,
			struct cni_error *err)
{
	struct mapping_keys keys;
	int r = conf_read(item, mapping_table, array_size(mapping_table), where, &keys, err);

	if (r < 0)
		return r;
	*ret = (struct port_mapping){ 0 };
	if (keys.container_port <= 0 || keys.container_port > MAX_PORT)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "Invalid container port number: %d",
				keys.container_port);
	if (keys.host_port <= 0 || keys.host_port > MAX_PORT)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "Invalid host port number: %d",
				keys.host_port);
	ret->container_port = (uint16_t)keys.container_port;
	ret->host_port = (uint16_t)keys.host_port;
	if (*keys.host && addr_parse(keys.host, &ret->host) < 0)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "Invalid host IP address: %s", keys.host);
	return read_protocol(keys.protocol, &ret->protocol, err);
}

static int read_mappings(const cJSON *runtime, struct portmap_conf *conf, struct cni_error *err)
{
	struct runtime_keys keys;
	unsigned number = 0;
	const cJSON *item;
	int r;

	r = conf_read(runtime, runtime_table, array_size(runtime_table), "runtimeConfig", &keys,
		      err);
	if (r < 0)
		return r;
	cJSON_ArrayForEach(item, keys.mappings)
	{
		cleanup_free char *where = xasprintf("runtimeConfig.portMappings[%u]", number++);

		conf->mappings = xgrow(conf->mappings, conf->count, sizeof(*conf->mappings));
		r = read_mapping(item, where, &conf->mappings[conf->count], err);
		if (r < 0)
			return r;
		conf->count++;
	}
	return 0;
}

static int fail_backend(const char *backend, const char *other, const struct text *options,
			struct cni_error *err)
{
	return cni_fail(
		err, CNI_ERR_CONFIG, 0,
		"%s backend was requested but configuration contains %s-specific options [%s]",
		backend, other, options->s);
}

static void add_option(struct text *options, const char *option, bool is_given)
{
	if (is_given)
		text_addf(options, "%s%s", options->len > 0 ? " " : "", option);
}

/* Options in the words of a back end that was not asked for; without a wish both are fine. */
static int check_backend(const struct keys *keys, struct cni_error *err)
{
	cleanup_text struct text foreign = { 0 };
	bool is_nftables = keys->backend && text_equal(keys->backend, "nftables");
	enum conditions_syntax other = is_nftables ? SYNTAX_IPTABLES : SYNTAX_NFTABLES;

	if (!keys->backend)
		return 0;
	if (!is_nftables && !text_equal(keys->backend, "iptables"))
		return cni_fail(err, CNI_ERR_CONFIG, 0, "unrecognized backend \"%s\"",
				keys->backend);
	add_option(&foreign, "externalSetMarkChain", is_nftables && keys->set_mark_chain);
	add_option(&foreign, "conditionsV4", conditions_syntax(keys->conditions4) == other);
	add_option(&foreign, "conditionsV6", conditions_syntax(keys->conditions6) == other);
	if (foreign.len > 0)
		return fail_backend(keys->backend, is_nftables ? "iptables" : "nftables", &foreign,
				    err);
	return 0;
}

/* We cannot run somebody else's iptables chain; of this one it is known what it is for. */
static int check_set_mark_chain(const char *chain, struct cni_error *err)
{
	int r;

	if (!chain || text_equal(chain, "KUBE-MARK-MASQ"))
		return 0;
	r = cni_fail(err, CNI_ERR_CONFIG, 0, "externalSetMarkChain: chain %s cannot be used",
		     chain);
	cni_error_details(
		err,
		"ports are mapped and masqueraded with nftables alone; leave the key out, or name the packet mark's bit with markMasqBit");
	return r;
}

static int check_marks(const struct keys *keys, struct cni_error *err)
{
	bool is_given = keys->mark_bit != NOT_GIVEN;

	if (is_given && keys->set_mark_chain)
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"Cannot specify externalSetMarkChain and markMasqBit");
	if (is_given && (keys->mark_bit < 0 || keys->mark_bit > MAX_MARK_BIT))
		return cni_fail(err, CNI_ERR_CONFIG, 0, "MasqMarkBit must be between 0 and 31");
	return 0;
}

static int read_keys(const struct keys *keys, struct portmap_conf *conf, struct cni_error *err)
{
	int r = check_marks(keys, err)
			?: check_backend(keys, err)
			?: check_set_mark_chain(keys->set_mark_chain, err)
			?: conditions_read(keys->conditions4, "conditionsV4", AF_INET,
					   &conf->conditions4, err)
			?: conditions_read(keys->conditions6, "conditionsV6", AF_INET6,
					   &conf->conditions6, err);

	conf->asks_for_iptables = keys->backend && text_equal(keys->backend, "iptables");
	conf->snat = keys->snat;
	conf->masq_all = keys->masq_all;
	conf->mark_bit = keys->mark_bit != NOT_GIVEN ? keys->mark_bit : DEFAULT_MARK_BIT;
	return r;
}

int portmap_conf_read(const struct netconf *netconf, struct portmap_conf *ret,
		      struct cni_error *err)
{
	struct portmap_conf conf = { 0 };
	struct keys keys;
	int r;

	r = conf_read(netconf->json, keys_table, array_size(keys_table), "", &keys, err);
	if (r < 0)
		cni_error_prefix(err, "failed to parse network configuration");
	r = r ?: read_keys(&keys, &conf, err) ?: read_mappings(netconf->runtime, &conf, err);
	if (r < 0) {
		portmap_conf_release(&conf);
		return r;
	}
	*ret = conf;
	return 0;
}

void portmap_conf_release(struct portmap_conf *conf)
{
	free(conf->mappings);
	*conf = (struct portmap_conf){ 0 };
}
