/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys that every network configuration shares. */
#include "types/netconf.h"

#include "base/alloc.h"
#include "base/warn.h"
#include "types/conf.h"
#include "types/json.h"
#include "types/name.h"
#include "types/version.h"

struct shared_keys {
	const char *type;
	const cJSON *capabilities, *ipam, *dns, *prev_result, *args, *runtime;
	const cJSON *valid_attachments, *attachments;
};

/*
 * What GC spares is written by the runtime, behind or before whatever the configuration brings
 * along: another spelling there must not empty the list.
 */
#define CONF_VALID(type_, member, key_, kind)                                                      \
	{                                                                                          \
		.key = (key_), .type = (kind), .offset = offsetof(type_, member), .string = "",    \
		.exact_first = true                                                                \
	}

static const struct conf_key shared_keys[] = {
	CONF_STRING(struct shared_keys, type, "type", ""),
	CONF_OBJECT(struct shared_keys, capabilities, "capabilities"),
	CONF_OBJECT(struct shared_keys, ipam, "ipam"),
	CONF_OBJECT(struct shared_keys, dns, "dns"),
	CONF_OBJECT(struct shared_keys, prev_result, "prevResult"),
	CONF_OBJECT(struct shared_keys, args, "args"),
	CONF_OBJECT(struct shared_keys, runtime, "runtimeConfig"),
	CONF_VALID(struct shared_keys, valid_attachments, "cni.dev/valid-attachments",
		   CONF_TYPE_LIST),
	CONF_VALID(struct shared_keys, attachments, "cni.dev/attachments", CONF_TYPE_LIST),
};

struct attachment_keys {
	const char *container_id, *ifname;
};

static const struct conf_key attachment_keys[] = {
	CONF_VALID(struct attachment_keys, container_id, "containerID", CONF_TYPE_STRING),
	CONF_VALID(struct attachment_keys, ifname, "ifname", CONF_TYPE_STRING),
};

static int fail_name_type(const cJSON *name, struct cni_error *err)
{
	return cni_fail(
		err, CNI_ERR_DECODE, 0,
		"error unmarshall network config: json: cannot unmarshal %s into Go struct field .name of type string",
		json_type_name(name));
}

static int check_top(const cJSON *json, struct cni_error *err)
{
	const cJSON *name = json_get(json, "name");

	if (!cJSON_IsObject(json) && !cJSON_IsNull(json))
		return cni_fail(
			err, CNI_ERR_DECODE, 0,
			"error unmarshall network config: json: cannot unmarshal %s into Go value of type object",
			json_type_name(json));
	if (name && !cJSON_IsString(name))
		return fail_name_type(name, err);
	return name_check_network(name ? name->valuestring : NULL, err);
}

int netconf_parse(const char *text, size_t size, struct netconf *ret, struct cni_error *err)
{
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;
	int r;

	if (json_parse(text, size, &json, &why) < 0)
		return cni_fail(err, CNI_ERR_DECODE, 0, "error unmarshall network config: %s", why);
	r = check_top(json, err);
	if (r < 0)
		return r;
	*ret = (struct netconf){ .version = "", .type = "", .ipam_type = "" };
	ret->json = steal(&json);
	ret->name = json_get(ret->json, "name")->valuestring;
	return 0;
}

/* The outcome of a step of which a lenient reader expects nothing. */
static int forgive(const struct netconf *conf, int r, struct cni_error *err)
{
	if (r == 0 || !conf->is_lenient)
		return r;
	cni_error_ignore(err);
	return 0;
}

static int read_keys(const struct netconf *conf, const cJSON *object, const struct conf_key *keys,
		     size_t count, const char *where, void *into, struct cni_error *err)
{
	if (!conf->is_lenient)
		return conf_read(object, keys, count, where, into, err);
	conf_read_lenient(object, keys, count, where, into);
	return 0;
}

int netconf_read_version(struct netconf *conf, struct cni_error *err)
{
	const cJSON *version = json_get(conf->json, "cniVersion");
	int r = 0;

	if (version && !cJSON_IsString(version)) {
		r = cni_fail(
			err, CNI_ERR_DECODE, 0,
			"decoding version from network config: json: cannot unmarshal %s into Go struct field .cniVersion of type string",
			json_type_name(version));
		version = NULL;
	}
	conf->version = version ? version->valuestring : "";
	return forgive(conf, r, err);
}

static int check_capabilities(const cJSON *capabilities, struct cni_error *err)
{
	for (const cJSON *item = capabilities ? capabilities->child : NULL; item;
	     item = item->next) {
		cleanup_free char *where = NULL;

		if (cJSON_IsBool(item) || cJSON_IsNull(item))
			continue;
		where = xasprintf("capabilities.%s", item->string);
		return conf_fail_type(err, where, item, "bool");
	}
	return 0;
}

static int check_attachments(const cJSON *list, const char *key, struct cni_error *err)
{
	unsigned i = 0;

	for (const cJSON *item = list ? list->child : NULL; item; item = item->next, i++) {
		cleanup_free char *where = xasprintf("%s[%u]", key, i);
		struct attachment_keys read;
		int r;

		r = conf_read(item, attachment_keys, array_size(attachment_keys), where, &read,
			      err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_inside(const struct shared_keys *keys, struct cni_error *err)
{
	cleanup_with(dns_release) struct dns dns = { 0 };

	return check_capabilities(keys->capabilities, err)
		       ?: dns_parse(keys->dns, "dns", &dns, err)
		       ?: check_attachments(keys->valid_attachments, "cni.dev/valid-attachments",
					    err)
		       ?: check_attachments(keys->attachments, "cni.dev/attachments", err);
}

/*
 * Runtimes send both keys; the newer name counts, unless only the older one has a list or the exact
 * spelling.
 */
static const cJSON *find_attachments(const cJSON *json, const struct shared_keys *keys)
{
	bool is_older = !json_get_exact(json, "cni.dev/valid-attachments") &&
			json_get_exact(json, "cni.dev/attachments");

	return keys->valid_attachments && !is_older ? keys->valid_attachments : keys->attachments;
}

/*
 * An empty object is how some runtimes write that there is no IPAM. Whatever else names no plugin
 * is a mistake that came after an ADD which may well have taken an address.
 */
static void doubt_ipam(struct netconf *conf)
{
	const cJSON *ipam = json_get(conf->json, "ipam");

	if (!ipam || name_is_of_file(conf->ipam_type) || (cJSON_IsObject(ipam) && !ipam->child))
		return;
	cni_warn("ignored: ipam names no plugin");
	conf->has_unreadable_ipam = true;
	conf->ipam_type = "";
}

int netconf_read(struct netconf *conf, struct cni_error *err)
{
	static const struct conf_key ipam_keys[] = {
		CONF_STRING(struct netconf, ipam_type, "type", ""),
	};
	static const struct conf_key args_keys[] = {
		CONF_OBJECT(struct netconf, args_cni, "cni"),
	};
	struct shared_keys read;
	int r;

	r = read_keys(conf, conf->json, shared_keys, array_size(shared_keys), "", &read, err)
		    ?: forgive(conf, check_inside(&read, err), err)
		    ?: read_keys(conf, read.ipam, ipam_keys, array_size(ipam_keys), "ipam", conf,
				 err)
		    ?: read_keys(conf, read.args, args_keys, array_size(args_keys), "args", conf,
				 err);
	if (r < 0)
		return r;
	conf->type = read.type;
	conf->ipam = read.ipam;
	conf->dns = read.dns;
	conf->runtime = read.runtime;
	conf->prev_result = read.prev_result;
	conf->attachments = find_attachments(conf->json, &read);
	if (conf->is_lenient)
		doubt_ipam(conf);
	conf->has_attachments = json_has(conf->json, "cni.dev/valid-attachments") ||
				json_has(conf->json, "cni.dev/attachments");
	return 0;
}

static int check_group(const char *version, const char *prev_version, struct cni_error *err)
{
	static const char *const groups[] = {
		[SHAPE_0_1] = " 0.1.0 0.2.0", /* the first of the three is the empty version */
		[SHAPE_0_3] = "0.3.0 0.3.1 0.4.0",
		[SHAPE_1_0] = "1.0.0 1.1.0",
	};
	enum version_shape shape = version_shape(version);

	if (shape == SHAPE_NONE)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "unsupported CNI result version \"%s\"",
				version);
	if (version_shape(prev_version) == shape)
		return 0;
	return cni_fail(err, CNI_ERR_INTERNAL, 0,
			"result type supports [%s] but unmarshalled CNIVersion is \"%s\"",
			groups[shape], prev_version);
}

static int read_prev_result(const struct netconf *conf, struct result *ret, struct cni_error *err)
{
	const cJSON *json = json_get(conf->prev_result, "cniVersion");
	const char *version = conf->version;

	if (json && !cJSON_IsString(json))
		return conf_fail_type(err, "cniVersion", json, "string");
	if (json)
		version = json->valuestring;
	return check_group(conf->version, version, err)
		       ?: result_parse(conf->prev_result, version, ret, err);
}

int netconf_prev_result(const struct netconf *conf, struct result *ret, struct cni_error *err)
{
	int r;

	if (!conf->prev_result)
		return 0;
	r = read_prev_result(conf, ret, err);
	if (r < 0)
		cni_error_prefix(err, "could not parse prevResult");
	return r < 0 ? r : 1;
}

bool netconf_has_dns(const struct netconf *conf)
{
	const cJSON *domain = json_get(conf->dns, "domain");

	return json_get(conf->dns, "nameservers") || json_get(conf->dns, "search") ||
	       json_get(conf->dns, "options") ||
	       (cJSON_IsString(domain) && !text_is_empty(domain->valuestring));
}

int netconf_override_dns(const struct netconf *conf, struct dns *dns, struct cni_error *err)
{
	struct dns configured = { 0 };
	int r;

	if (!netconf_has_dns(conf))
		return 0;
	r = dns_parse(conf->dns, "dns", &configured, err);
	if (r < 0)
		return r;
	dns_release(dns);
	*dns = configured;
	return 0;
}

void netconf_release(struct netconf *conf)
{
	cJSON_Delete(conf->json);
	*conf = (struct netconf){ 0 };
}
