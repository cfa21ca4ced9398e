/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of bandwidth, from the configuration or, when it has none of them, from the runtime. */
#include "bandwidth_conf.h"

#include <limits.h>

#include "base/alloc.h"
#include "types/conf.h"
#include "types/json.h"

struct keys {
	const cJSON *spared, *limited;
	long ingress_rate, ingress_burst, egress_rate, egress_burst;
};

static const struct conf_key keys_table[] = {
	CONF_LONG(struct keys, ingress_rate, "ingressRate", 0, 0, LONG_MAX),
	CONF_LONG(struct keys, ingress_burst, "ingressBurst", 0, 0, LONG_MAX),
	CONF_LONG(struct keys, egress_rate, "egressRate", 0, 0, LONG_MAX),
	CONF_LONG(struct keys, egress_burst, "egressBurst", 0, 0, LONG_MAX),
	CONF_STRINGS(struct keys, spared, "unshapedSubnets"),
	CONF_STRINGS(struct keys, limited, "shapedSubnets"),
};

/*
 * Without a burst: what may pass in 10 ms, but no less than the largest packet that the kernel puts
 * together, which it would take apart otherwise.
 */
enum { BURSTS_A_SECOND = 100, LEAST_BURST = 65536 };

static uint32_t burst_of(uint64_t rate)
{
	const uint64_t burst = rate / BURSTS_A_SECOND;

	if (burst < LEAST_BURST)
		return LEAST_BURST;
	return burst > UINT32_MAX ? UINT32_MAX : (uint32_t)burst;
}

static int read_limit(long rate, long burst, const char *key, struct limit *ret,
		      struct cni_error *err)
{
	if (rate == 0 && burst != 0)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "if burst is set, rate must also be set");
	if (burst / 8 >= UINT32_MAX)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "burst cannot be more than 4GB");
	if (rate == 0)
		return 0;
	if (rate < 8)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "%s: %ld is below 8 bits in a second", key,
				rate);
	if (burst != 0 && burst < 8)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "%s: a burst of %ld bits is below a byte",
				key, burst);
	ret->rate = (uint64_t)rate / 8;
	ret->burst = burst ? (uint32_t)(burst / 8) : burst_of(ret->rate);
	return 0;
}

static int read_networks(const struct keys *keys, struct bandwidth_conf *conf,
			 struct cni_error *err)
{
	const bool spares = cJSON_GetArraySize(keys->spared) > 0;
	const cJSON *list = spares ? keys->spared : keys->limited, *item;

	if (spares && cJSON_GetArraySize(keys->limited) > 0)
		return cni_fail(
			err, CNI_ERR_CONFIG, 0,
			"unshapedSubnets and shapedSubnets cannot be both specified, one of "
			"them should be discarded");
	conf->networks = xcalloc((size_t)cJSON_GetArraySize(list) + 1, sizeof(*conf->networks));
	conf->spares = spares;
	cJSON_ArrayForEach(item, list)
	{
		const char *text = cJSON_IsString(item) ? item->valuestring : "";
		struct prefix network;

		if (prefix_parse(text, &network) < 0)
			return cni_fail(err, CNI_ERR_CONFIG, 0, "bad subnet \"%s\" provided", text);
		conf->networks[conf->count++] = prefix_network(&network);
	}
	return 0;
}

static bool has_any(const cJSON *object)
{
	for (size_t i = 0; i < array_size(keys_table); i++) {
		if (json_has(object, keys_table[i].key))
			return true;
	}
	return false;
}

/* DEL and GC need none of it. */
int bandwidth_conf_read(struct cni_call *call, void *ret, struct cni_error *err)
{
	const bool is_static = has_any(call->conf.json);
	const cJSON *object = is_static ? call->conf.json
					: json_get(call->conf.runtime, "bandwidth");
	struct bandwidth_conf *conf = ret;
	struct keys keys = { 0 };
	int r;

	if (call->conf.is_lenient)
		return 0;
	r = conf_read(object, keys_table, array_size(keys_table),
		      is_static ? "" : "runtimeConfig.bandwidth", &keys, err);
	if (r < 0) {
		cni_error_prefix(err, "failed to parse network configuration");
		return r;
	}
	return read_limit(keys.ingress_rate, keys.ingress_burst, "ingressRate", &conf->to_container,
			  err)
		       ?: read_limit(keys.egress_rate, keys.egress_burst, "egressRate",
				     &conf->from_container, err)
		       ?: read_networks(&keys, conf, err);
}

void bandwidth_conf_release(struct bandwidth_conf *conf)
{
	free(conf->networks);
	*conf = (struct bandwidth_conf){ 0 };
}
