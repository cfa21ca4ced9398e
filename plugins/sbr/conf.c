/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of sbr. */
#include "sbr_conf.h"

#include <limits.h>

#include "types/conf.h"

struct keys {
	int table;
	const cJSON *gateways;
	bool source_hints;
};

static const struct conf_key keys_table[] = {
	CONF_INT(struct keys, table, "table", -1, 1, INT_MAX),
	CONF_STRINGS(struct keys, gateways, "gateways"),
	CONF_BOOL(struct keys, source_hints, "addSourceHints", false),
};

static int read_gateway(const cJSON *item, struct sbr_conf *conf, struct cni_error *err)
{
	struct addr addr, *gateway;

	if (!cJSON_IsString(item) || addr_parse(item->valuestring, &addr) < 0)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "invalid static gateway IP address \"%s\"",
				cJSON_IsString(item) ? item->valuestring : "");
	gateway = addr.family == AF_INET6 ? &conf->gateway6 : &conf->gateway4;
	if (addr_is_set(gateway))
		return cni_fail(err, CNI_ERR_CONFIG, 0, "gateways: multiple IPv%d addresses",
				addr.family == AF_INET6 ? 6 : 4);
	*gateway = addr;
	return 0;
}

int sbr_conf_read(struct cni_call *call, void *ret, struct cni_error *err)
{
	struct sbr_conf *conf = ret;
	struct keys keys = { .table = -1 };
	const cJSON *item;
	int r = 0;

	if (call->conf.is_lenient)
		conf_read_lenient(call->conf.json, keys_table, array_size(keys_table), "", &keys);
	else
		r = conf_read(call->conf.json, keys_table, array_size(keys_table), "", &keys, err);
	if (r < 0)
		return r;
	*conf = (struct sbr_conf){ .table = keys.table, .source_hints = keys.source_hints };
	if (call->conf.is_lenient)
		return 0;
	if (cJSON_GetArraySize(keys.gateways) > 2)
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"gateways cannot contain more than 2 entries");
	cJSON_ArrayForEach(item, keys.gateways)
	{
		r = read_gateway(item, conf, err);
		if (r < 0)
			return r;
	}
	return 0;
}
