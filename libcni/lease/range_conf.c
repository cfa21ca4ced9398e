/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of a range, and the reference's words for mistakes in them. */
#include "lease/range_conf.h"

#include <string.h>

#include "base/alloc.h"
#include "types/conf.h"
#include "types/json.h"

struct range_keys {
	const char *subnet, *first, *last, *gateway;
	const cJSON *exclude;
};

static const struct conf_key range_keys[] = {
	CONF_STRING(struct range_keys, subnet, "subnet", NULL),
	CONF_STRING(struct range_keys, first, "rangeStart", ""),
	CONF_STRING(struct range_keys, last, "rangeEnd", ""),
	CONF_STRING(struct range_keys, gateway, "gateway", ""),
	CONF_STRINGS(struct range_keys, exclude, "exclude"),
};

static int parse_addr(const char *text, const char *where, const char *key, struct addr *ret,
		      struct cni_error *err)
{
	if (!*text || addr_parse(text, ret) == 0)
		return 0;
	return cni_fail(err, CNI_ERR_CONFIG, 0, "%s.%s: invalid IP address: %s", where, key, text);
}

static int parse_subnet(const char *text, const char *where, struct range *range,
			struct cni_error *err)
{
	if (!text)
		return 0;
	if (prefix_parse(text, &range->subnet) < 0)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "%s.subnet: invalid CIDR address: %s",
				where, text);
	range->is_mapped = range->subnet.addr.family == AF_INET && strchr(text, ':');
	return 0;
}

static int parse_exclude(const cJSON *list, const char *where, struct range *range,
			 struct cni_error *err)
{
	for (const cJSON *item = list ? list->child : NULL; item; item = item->next) {
		const char *text = cJSON_IsString(item) ? item->valuestring : "";
		struct prefix prefix;
		struct addr addr;

		if (addr_parse(text, &addr) == 0)
			prefix = prefix_host(&addr);
		else if (prefix_parse(text, &prefix) < 0)
			return cni_fail(err, CNI_ERR_CONFIG, 0,
					"%s.exclude: invalid CIDR address: %s", where, text);
		range->exclude = xgrow(range->exclude, range->exclude_count,
				       sizeof(*range->exclude));
		range->exclude[range->exclude_count++] = prefix_network(&prefix);
	}
	return 0;
}

int range_parse(const cJSON *object, const char *where, struct range *range, struct cni_error *err)
{
	struct range_keys keys;

	return conf_read(object, range_keys, array_size(range_keys), where, &keys, err)
		       ?: parse_subnet(keys.subnet, where, range, err)
		       ?: parse_addr(keys.first, where, "rangeStart", &range->first, err)
		       ?: parse_addr(keys.last, where, "rangeEnd", &range->last, err)
		       ?: parse_addr(keys.gateway, where, "gateway", &range->gateway, err)
		       ?: parse_exclude(keys.exclude, where, range, err);
}

void range_each(const cJSON *ipam, range_fn *fn, void *data)
{
	const cJSON *set, *range;

	if (json_get(ipam, "subnet"))
		fn(ipam, data);
	cJSON_ArrayForEach(set, json_get(ipam, "ranges")) cJSON_ArrayForEach(range, set)
		fn(range, data);
}
