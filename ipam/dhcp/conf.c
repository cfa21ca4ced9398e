/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of keys; how options are written; which client identifiers there are. */
#include <errno.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/sha512.h"
#include "dhcp/message.h"
#include "dhcp_conf.h"
#include "flags.h"
#include "option_names.h"
#include "types/conf.h"
#include "types/json.h"

enum {
	KEY_MOST = 254, /* of the reference's client identifier, behind its zero */
	CLIENT_ID_MOST = 255,
	MESSAGE_SIZE = 1500, /* option 57 */
	OPTIONS_MOST = 1100,
};

struct keys {
	struct dhcp_conf conf;
	const cJSON *provide, *request;
	const char *client_id, *hostname, *ipv6;
};

static const struct conf_key table[] = {
	CONF_STRING(struct keys, conf.socket_path, "daemonSocketPath", SOCKET_PATH),
	CONF_LIST(struct keys, request, "request"),
	CONF_LIST(struct keys, provide, "provide"),
	CONF_INT(struct keys, conf.priority, "priority", 0, 0, INT32_MAX),
	CONF_STRING(struct keys, client_id, "clientId", "owner"),
	CONF_STRING(struct keys, hostname, "hostname", ""),
	CONF_BOOL(struct keys, conf.broadcast, "broadcast", false),
	CONF_BOOL(struct keys, conf.checks, "conflictCheck", false),
	CONF_INT(struct keys, conf.timeout, "timeout", 0, 0, 3600),
	CONF_STRING(struct keys, ipv6, "ipv6", ""),
};

struct provide_keys {
	const char *option, *value, *from_arg;
};

static const struct conf_key provide_table[] = {
	CONF_STRING(struct provide_keys, option, "option", ""),
	CONF_STRING(struct provide_keys, value, "value", ""),
	CONF_STRING(struct provide_keys, from_arg, "fromArg", ""),
};

struct request_keys {
	const char *option;
	bool skip_default;
};

static const struct conf_key request_table[] = {
	CONF_BOOL(struct request_keys, skip_default, "skipDefault", false),
	CONF_STRING(struct request_keys, option, "option", ""),
};

void dhcp_conf_release(struct dhcp_conf *conf)
{
	text_release(&conf->client_id);
	text_release(&conf->options);
}

static int add_option(struct dhcp_conf *conf, int code, const void *value, size_t size,
		      struct cni_error *err)
{
	const uint8_t head[2] = { (uint8_t)code, (uint8_t)size };

	if (size > UINT8_MAX)
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"DHCP option %d: %zu bytes are more than 255", code, size);
	if (conf->options.len + 2 + size > OPTIONS_MOST)
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"DHCP option %d: all options together are more than %d bytes", code,
				OPTIONS_MOST);
	text_add_bytes(&conf->options, head, sizeof(head));
	text_add_bytes(&conf->options, value, size);
	return 0;
}

static int parse_option(const char *name, struct cni_error *err)
{
	int code = option_names_find(name);

	return code < 0 ? cni_fail(err, CNI_ERR_INTERNAL, 0, "Can not parse option: %s", name)
			: code;
}

/*
 * The value of a key in CNI_ARGS, which may have any others (KEY=VALUE;KEY=VALUE); NULL when it is
 * not there.
 */
static char *find_arg(const char *args, const char *key)
{
	const size_t size = strlen(key);

	for (const char *pair = args; *pair; pair += strspn(pair, ";")) {
		const size_t length = strcspn(pair, ";");

		if (length > size && pair[size] == '=' && strncmp(pair, key, size) == 0)
			return xstrndup(pair + size + 1, length - size - 1);
		pair += length;
	}
	return NULL;
}

/* ---- what is sent */

static int provide_one(const struct cni_call *call, const cJSON *item, struct dhcp_conf *conf,
		       struct cni_error *err)
{
	cleanup_free char *from_arg = NULL;
	struct provide_keys keys;
	const char *value;
	int code, r;

	r = conf_read(item, provide_table, array_size(provide_table), "ipam.provide[]", &keys, err);
	if (r < 0)
		return r;
	code = parse_option(keys.option, err);
	if (code < 0)
		return code;
	if (*keys.from_arg)
		from_arg = find_arg(call->args, keys.from_arg);
	value = from_arg ? from_arg : keys.value;
	if (!*value)
		return 0;
	if (code != DHCP_OPTION_CLIENT_ID)
		return add_option(conf, code, value, strlen(value), err);
	if (strlen(value) > CLIENT_ID_MOST)
		return add_option(conf, code, value, strlen(value), err);
	text_release(&conf->client_id);
	conf->client_id = (struct text){ 0 };
	text_add(&conf->client_id, value);
	return 0;
}

static int provide(const struct cni_call *call, const cJSON *list, struct dhcp_conf *conf,
		   struct cni_error *err)
{
	const cJSON *item;
	int r = 0;

	cJSON_ArrayForEach(item, list)
	{
		r = provide_one(call, item, conf, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Each once, those of the configuration first. */
static void want(uint8_t *codes, size_t *count, int code)
{
	if (!memchr(codes, code, *count))
		codes[(*count)++] = (uint8_t)code;
}

/*
 * Option 55. RFC 3442 has 121 before 3. The reference asks for a router and a mask only; what else
 * the result can tell is asked for as well.
 */
static int request(const cJSON *list, struct dhcp_conf *conf, struct cni_error *err)
{
	static const uint8_t defaults[] = {
		DHCP_OPTION_CLASSLESS_ROUTES, DHCP_OPTION_ROUTER, DHCP_OPTION_MASK,
		DHCP_OPTION_STATIC_ROUTES,    DHCP_OPTION_DNS,	  DHCP_OPTION_DOMAIN,
		DHCP_OPTION_SEARCH,	      DHCP_OPTION_MTU,
	};
	uint8_t codes[UINT8_MAX + 1];
	bool skips = false;
	size_t count = 0;
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		struct request_keys keys;
		int code, r = conf_read(item, request_table, array_size(request_table),
					"ipam.request[]", &keys, err);

		if (r < 0)
			return r;
		skips |= keys.skip_default;
		if (!*keys.option)
			continue;
		code = parse_option(keys.option, err);
		if (code < 0)
			return code;
		want(codes, &count, code);
	}
	for (size_t i = 0; (!skips || !count) && i < array_size(defaults); i++)
		want(codes, &count, defaults[i]);
	return add_option(conf, DHCP_OPTION_WANTED, codes, count < UINT8_MAX ? count : UINT8_MAX,
			  err);
}

/* ---- who asks */

static int parse_hex_id(const char *text, struct dhcp_conf *conf, struct cni_error *err)
{
	cleanup_free uint8_t *bytes = NULL;
	size_t size = 0;

	if (hex_parse(text, &bytes, &size) < 0 || size < 2 || size > CLIENT_ID_MOST) {
		int r = cni_fail(err, CNI_ERR_CONFIG, 0, "clientId: %s is no client identifier",
				 text);

		cni_error_details(err, "owner, container, mac, duid, or 2 to 255 bytes in hex");
		return r;
	}
	text_add_bytes(&conf->client_id, bytes, size);
	return 0;
}

/*
 * RFC 4361: 255, four bytes for the interface, and the DUID of the device that has it, which is the
 * container: one of kind 4 (RFC 6355), 16 bytes that its id decides. So a container that is made
 * anew under its id is the same client, whatever its MAC is.
 */
static void add_duid(const struct cni_call *call, const char *key, struct dhcp_conf *conf)
{
	static const uint8_t kind[] = { 0, 4 };
	const char *interface = key + strlen(call->container_id);
	uint8_t digest[SHA512_SIZE];

	text_add_bytes(&conf->client_id, "\xff", 1);
	sha512(interface, strlen(interface), digest);
	text_add_bytes(&conf->client_id, digest, 4);
	text_add_bytes(&conf->client_id, kind, sizeof(kind));
	sha512(call->container_id, strlen(call->container_id), digest);
	text_add_bytes(&conf->client_id, digest, 16);
}

/*
 * The reference's is a zero and container/network/interface. `mac` is filled in by the daemon, who
 * knows it.
 */
static int choose_client_id(const struct cni_call *call, const char *kind, struct dhcp_conf *conf,
			    struct cni_error *err)
{
	cleanup_free char *key = xasprintf("%s/%s/%s", call->container_id, call->conf.name,
					   call->ifname);

	if (text_equal(kind, "mac"))
		return 0;
	if (text_equal(kind, "duid")) {
		add_duid(call, key, conf);
		return 0;
	}
	if (!text_equal(kind, "owner") && !text_equal(kind, "container"))
		return parse_hex_id(kind, conf, err);
	if (text_equal(kind, "container"))
		key[strlen(call->container_id)] = '\0';
	text_add_bytes(&conf->client_id, "", 1);
	text_add_bytes(&conf->client_id, key, strnlen(key, KEY_MOST));
	return 0;
}

static int check_ipv6(const struct keys *keys, struct dhcp_conf *conf, struct cni_error *err)
{
	conf->slaac = text_equal(keys->ipv6, "slaac");
	if (*keys->ipv6 && !conf->slaac)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "ipv6: %s is unknown, slaac is known",
				keys->ipv6);
	return 0;
}

static int fill(const struct cni_call *call, const struct keys *keys, struct dhcp_conf *conf,
		struct cni_error *err)
{
	const uint8_t size[2] = { MESSAGE_SIZE >> 8, MESSAGE_SIZE & 0xff };
	int r;

	r = choose_client_id(call, keys->client_id, conf, err)
		    ?: check_ipv6(keys, conf, err)
		    ?: add_option(conf, DHCP_OPTION_SIZE, size, sizeof(size), err)
		    ?: request(keys->request, conf, err);
	if (r == 0 && *keys->hostname)
		r = add_option(conf, DHCP_OPTION_HOST_NAME, keys->hostname, strlen(keys->hostname),
			       err);
	return r < 0 ? r : provide(call, keys->provide, conf, err);
}

int dhcp_conf_read(const struct cni_call *call, struct dhcp_conf *ret, struct cni_error *err)
{
	cleanup_dhcp_conf struct dhcp_conf conf = { 0 };
	struct keys keys = { 0 };
	int r = conf_read(call->conf.ipam, table, array_size(table), "ipam", &keys, err);

	if (r < 0)
		return r;
	conf = keys.conf;
	conf.client_id = conf.options = (struct text){ 0 };
	r = fill(call, &keys, &conf, err);
	if (r < 0)
		return r;
	*ret = conf;
	conf = (struct dhcp_conf){ 0 };
	return 0;
}

int dhcp_conf_read_place(const struct cni_call *call, struct dhcp_conf *ret, struct cni_error *err)
{
	struct keys keys = { 0 };
	int r = 0;

	if (call->conf.is_lenient)
		conf_read_lenient(call->conf.ipam, table, array_size(table), "ipam", &keys);
	else
		r = conf_read(call->conf.ipam, table, array_size(table), "ipam", &keys, err);
	if (r < 0)
		return r;
	*ret = (struct dhcp_conf){ .socket_path = keys.conf.socket_path };
	return 0;
}
