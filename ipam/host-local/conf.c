/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the keys of host-local stand in a configuration, and the reference's words for mistakes in
 * them.
 */
#include "host_local_conf.h"

#include <string.h>

#include "base/alloc.h"
#include "lease/range_conf.h"
#include "types/args.h"
#include "types/conf.h"
#include "types/json.h"

struct ipam_keys {
	const cJSON *ranges, *routes;
	const char *resolv_conf;
};

static const struct conf_key ipam_keys[] = {
	CONF_LIST(struct ipam_keys, ranges, "ranges"),
	CONF_LIST(struct ipam_keys, routes, "routes"),
	CONF_STRING(struct ipam_keys, resolv_conf, "resolvConf", ""),
};

static const struct conf_key place_keys[] = {
	CONF_STRING(struct lease_conf, data_dir, "dataDir", ""),
};

static const struct conf_key treatment_keys[] = {
	CONF_BOOL(struct lease_conf, reclaim, "reclaim", true),
	CONF_INT(struct lease_conf, cooldown_seconds, "cooldownSeconds", 0, 0, 1000000),
	CONF_BOOL(struct lease_conf, sticky, "sticky", false),
	CONF_INT(struct lease_conf, sticky_seconds, "stickySeconds", 600, 0, 1000000),
	CONF_INT(struct lease_conf, lock_seconds, "lockSeconds", 30, 1, 3600),
};

struct runtime_keys {
	const cJSON *ranges, *ips;
};

static const struct conf_key runtime_keys[] = {
	CONF_LIST(struct runtime_keys, ranges, "ipRanges"),
	CONF_STRINGS(struct runtime_keys, ips, "ips"),
};

#define DEFAULT_DATA_DIR "/var/lib/cni/networks"

static int parse_sets(const cJSON *sets, const char *where, struct pool *pool,
		      struct cni_error *err)
{
	unsigned i = 0, j;

	for (const cJSON *set = sets ? sets->child : NULL; set; set = set->next, i++) {
		cleanup_free char *set_where = xasprintf("%s[%u]", where, i);

		if (!cJSON_IsArray(set) && !cJSON_IsNull(set))
			return conf_fail_type(err, set_where, set, "array");
		pool_add_set(pool);
		j = 0;
		for (const cJSON *range = set->child; range; range = range->next, j++) {
			cleanup_free char *range_where = xasprintf("%s[%u]", set_where, j);
			int r = range_parse(range, range_where, pool_add_range(pool), err);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* The order of the sets is part of the contract: their numbers name the cursor files. */
static int parse_pool(const struct netconf *conf, struct pool *pool, struct cni_error *err)
{
	struct runtime_keys runtime;
	struct ipam_keys ipam;
	int r;

	r = conf_read(conf->runtime, runtime_keys, array_size(runtime_keys), "runtimeConfig",
		      &runtime, err)
		    ?: conf_read(conf->ipam, ipam_keys, array_size(ipam_keys), "ipam", &ipam, err)
		    ?: parse_sets(runtime.ranges, "runtimeConfig.ipRanges", pool, err);
	if (r == 0 && json_get(conf->ipam, "subnet")) {
		pool_add_set(pool);
		r = range_parse(conf->ipam, "ipam", pool_add_range(pool), err);
	}
	return r ?: parse_sets(ipam.ranges, "ipam.ranges", pool, err);
}

static void add_requested(struct host_local_conf *conf, const struct addr *addr)
{
	conf->requested = xgrow(conf->requested, conf->requested_count, sizeof(*conf->requested));
	conf->requested[conf->requested_count++] = *addr;
}

/* An address that several sources name is requested once, where it was named first. */
static void collapse_requested(struct host_local_conf *conf)
{
	cleanup_spans struct spans sorted = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < conf->requested_count; i++)
		spans_add(&sorted, &conf->requested[i], &conf->requested[i], i);
	spans_sort(&sorted);
	for (size_t i = 1; i < sorted.count; i++)
		if (addr_equal(&sorted.items[i].first, &sorted.items[i - 1].first))
			conf->requested[sorted.items[i].tag] = (struct addr){ 0 };
	for (size_t i = 0; i < conf->requested_count; i++)
		if (addr_is_set(&conf->requested[i]))
			conf->requested[count++] = conf->requested[i];
	conf->requested_count = count;
}

/* The reference accepts a prefix length and ignores it. */
static int parse_request(const char *text, struct host_local_conf *conf)
{
	struct prefix prefix;
	int r = addr_parse(text, &prefix.addr);

	if (r < 0 && strchr(text, '/'))
		r = prefix_parse(text, &prefix);
	if (r == 0)
		add_requested(conf, &prefix.addr);
	return r;
}

static int parse_requests(const cJSON *list, const char *where, struct host_local_conf *conf,
			  struct cni_error *err)
{
	for (const cJSON *item = list ? list->child : NULL; item; item = item->next) {
		if (!cJSON_IsString(item))
			continue;
		if (parse_request(item->valuestring, conf) < 0)
			return cni_fail(err, CNI_ERR_INTERNAL, 0, "%s: invalid IP address %s",
					where, item->valuestring);
	}
	return 0;
}

static int take_args(const struct args_key keys[3], struct host_local_conf *conf,
		     struct cni_error *err)
{
	cleanup_free char *why = NULL;

	if (!text_is_empty(keys[0].value) && parse_request(keys[0].value, conf) < 0) {
		why = xasprintf("invalid IP address %s", keys[0].value);
		return args_fail(err, &keys[0], why);
	}
	if (!text_is_empty(keys[2].value))
		conf->pod = xasprintf("%s/%s", keys[1].value ? keys[1].value : "", keys[2].value);
	return 0;
}

/*
 * The keys that name a pod are known only to those who asked for sticky addresses: others stay as
 * strict as the reference.
 */
static int parse_args(const char *args, struct host_local_conf *conf, struct cni_error *err)
{
	struct args_key keys[] = {
		{ .key = "IP" },
		{ .key = "K8S_POD_NAMESPACE" },
		{ .key = "K8S_POD_NAME" },
	};
	int r = args_parse(args, keys, conf->leases.sticky ? array_size(keys) : 1, err)
			?: take_args(keys, conf, err);

	for (size_t i = 0; i < array_size(keys); i++)
		free(keys[i].value);
	return r;
}

static int parse_all_requests(const struct cni_call *call, struct host_local_conf *conf,
			      struct cni_error *err)
{
	static const struct conf_key keys[] = {
		CONF_STRINGS(struct runtime_keys, ips, "ips"),
	};
	struct runtime_keys args, runtime;
	int r = parse_args(call->args, conf, err)
			?: conf_read(call->conf.args_cni, keys, array_size(keys), "args.cni", &args,
				     err)
			?: conf_read(call->conf.runtime, keys, array_size(keys), "runtimeConfig",
				     &runtime, err)
			?: parse_requests(args.ips, "args.cni.ips", conf, err)
			?: parse_requests(runtime.ips, "runtimeConfig.ips", conf, err);

	collapse_requested(conf);
	return r;
}

int lease_conf_read(const struct netconf *conf, struct lease_conf *ret, struct cni_error *err)
{
	struct lease_conf read;
	int r = 0;

	if (conf->is_lenient)
		conf_read_lenient(conf->ipam, place_keys, array_size(place_keys), "ipam", &read);
	else
		r = conf_read(conf->ipam, place_keys, array_size(place_keys), "ipam", &read, err);
	if (r < 0)
		return r;
	if (text_is_empty(read.data_dir))
		read.data_dir = DEFAULT_DATA_DIR;
	conf_read_lenient(conf->ipam, treatment_keys, array_size(treatment_keys), "ipam", &read);
	*ret = read;
	return 0;
}

static int check_version(const struct pool *pool, const char *version, struct cni_error *err)
{
	size_t ipv4, ipv6;

	pool_count_families(pool, &ipv4, &ipv6);
	return result_check_families(ipv4, ipv6, version, err);
}

static int read_all(const struct cni_call *call, struct host_local_conf *conf,
		    struct cni_error *err)
{
	const cJSON *ipam = call->conf.ipam;
	struct ipam_keys keys;
	int r;

	r = conf_read(ipam, treatment_keys, array_size(treatment_keys), "ipam", &conf->leases, err)
		    ?: lease_conf_read(&call->conf, &conf->leases, err)
		    ?: conf_read(ipam, ipam_keys, array_size(ipam_keys), "ipam", &keys, err);
	if (r < 0)
		return r;
	conf->resolv_conf = keys.resolv_conf;
	return routes_parse(keys.routes, "ipam.routes", &conf->result, err)
		       ?: parse_all_requests(call, conf, err)
		       ?: parse_pool(&call->conf, &conf->pool, err)
		       ?: pool_settle(&conf->pool, err)
		       ?: check_version(&conf->pool, call->conf.version, err);
}

int host_local_conf_read(const struct cni_call *call, struct host_local_conf *ret,
			 struct cni_error *err)
{
	cleanup_host_local_conf struct host_local_conf conf = { 0 };
	int r;

	if (!call->conf.ipam)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "IPAM config missing 'ipam' key");
	r = read_all(call, &conf, err);
	if (r < 0)
		return r;
	*ret = conf;
	conf = (struct host_local_conf){ 0 };
	return 0;
}

void host_local_conf_release(struct host_local_conf *conf)
{
	pool_release(&conf->pool);
	result_release(&conf->result);
	free(conf->requested);
	free(conf->pod);
	*conf = (struct host_local_conf){ 0 };
}
