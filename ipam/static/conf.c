/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where static addresses come from, and which source wins. */
#include "static_conf.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/sorted.h"
#include "types/args.h"
#include "types/json.h"

enum { ARG_IP, ARG_GATEWAY, ARG_COUNT };

static int fail_cidr(const char *which, const char *text, struct cni_error *err)
{
	return cni_fail(err, CNI_ERR_INTERNAL, 0, "%s in CIDR notation, got: '%s'", which, text);
}

static void add_ip(struct result *result, const struct prefix *address)
{
	result_add_ip(result)->address = *address;
}

/* The next item of a comma-separated list, without the blanks around it; NULL at its end. */
static char *next_item(char **rest)
{
	char *item = strsep(rest, ",");
	size_t size;

	if (!item)
		return NULL;
	item += strspn(item, " \t");
	size = strlen(item);
	while (size && strchr(" \t", item[size - 1]))
		item[--size] = '\0';
	return item;
}

static int read_args_ips(char *list, struct result *result, struct cni_error *err)
{
	for (char *item; (item = next_item(&list));) {
		struct prefix address;

		if (prefix_parse(item, &address) < 0)
			return fail_cidr("the 'ip' field is expected to be", item, err);
		add_ip(result, &address);
	}
	return 0;
}

/* ---- gateways: each belongs to every address whose subnet contains it, the last one wins */

/* A subnet of some addresses. Sorted by family and length, then by number. */
struct subnet {
	struct prefix network;
	struct addr gateway; /* AF_UNSPEC: none yet */
};

static int compare_subnets(const void *a, const void *b)
{
	const struct prefix *one = &((const struct subnet *)a)->network;
	const struct prefix *other = &((const struct subnet *)b)->network;

	if (one->addr.family != other->addr.family)
		return one->addr.family < other->addr.family ? -1 : 1;
	if (one->len != other->len)
		return one->len < other->len ? -1 : 1;
	return addr_compare(&one->addr, &other->addr);
}

/* The subnets of all addresses, each once; the caller frees them. */
static struct subnet *list_subnets(const struct result *result, size_t *ret_count)
{
	struct subnet *subnets = xcalloc(result->ip_count + 1, sizeof(*subnets));
	size_t count = 0;

	for (size_t i = 0; i < result->ip_count; i++)
		subnets[i].network = prefix_network(&result->ips[i].address);
	qsort(subnets, result->ip_count, sizeof(*subnets), compare_subnets);
	for (size_t i = 0; i < result->ip_count; i++)
		if (!count || compare_subnets(&subnets[count - 1], &subnets[i]) != 0)
			subnets[count++] = subnets[i];
	*ret_count = count;
	return subnets;
}

static struct subnet *find_subnet(struct subnet *subnets, size_t count, const struct prefix *prefix)
{
	const struct subnet wanted = { .network = prefix_network(prefix) };

	return count ? bsearch(&wanted, subnets, count, sizeof(wanted), compare_subnets) : NULL;
}

static int is_behind_length(const void *item, const void *key)
{
	const struct prefix *network = &((const struct subnet *)item)->network;
	const struct prefix *first = &((const struct subnet *)key)->network;

	return network->addr.family == first->addr.family && network->len == first->len ? -1 : 0;
}

/* The place behind the subnets with the length of the one at `at`: the next that is longer. */
static size_t end_of_length(const struct subnet *subnets, size_t count, size_t at)
{
	return at + sorted_place(&subnets[at], subnets + at, count - at, sizeof(*subnets),
				 is_behind_length);
}

/* Asks once for each length that there is. */
static void give_gateway(struct subnet *subnets, size_t count, const struct addr *gateway)
{
	for (size_t i = 0; i < count;) {
		const struct prefix *first = &subnets[i].network;
		struct prefix next = { .addr = *gateway, .len = first->len };
		struct subnet *found = first->addr.family == gateway->family
					       ? find_subnet(subnets, count, &next)
					       : NULL;

		if (found)
			found->gateway = *gateway;
		i = end_of_length(subnets, count, i);
	}
}

static int read_args_gateways(char *list, struct result *result, struct cni_error *err)
{
	cleanup_free struct subnet *subnets = NULL;
	size_t count;

	subnets = list_subnets(result, &count);
	for (char *item; (item = next_item(&list));) {
		struct addr gateway;

		if (addr_parse(item, &gateway) < 0)
			return cni_fail(err, CNI_ERR_INTERNAL, 0, "invalid gateway address: %s",
					item);
		give_gateway(subnets, count, &gateway);
	}
	for (size_t i = 0; i < result->ip_count; i++)
		result->ips[i].gateway =
			find_subnet(subnets, count, &result->ips[i].address)->gateway;
	return 0;
}

static void args_release(struct args_key (*keys)[ARG_COUNT])
{
	for (size_t i = 0; i < ARG_COUNT; i++)
		free((*keys)[i].value);
}

static int read_args(const char *text, struct result *result, struct cni_error *err)
{
	cleanup_with(args_release) struct args_key keys[ARG_COUNT] = {
		[ARG_IP] = { .key = "IP" },
		[ARG_GATEWAY] = { .key = "GATEWAY" },
	};
	int r = args_parse(text, keys, ARG_COUNT, err);

	if (r == 0 && !text_is_empty(keys[ARG_IP].value))
		r = read_args_ips(keys[ARG_IP].value, result, err);
	if (r == 0 && !text_is_empty(keys[ARG_GATEWAY].value))
		r = read_args_gateways(keys[ARG_GATEWAY].value, result, err);
	return r;
}

/*
 * An entry of ipam.addresses. Configurations that went through Go code carry an object `Address`
 * beside the string `address`, so the exact spelling comes first.
 */
static int read_address(const cJSON *entry, struct result *result, struct cni_error *err)
{
	const cJSON *address = json_get_exact_first(entry, "address");
	const cJSON *gateway = json_get(entry, "gateway");
	struct result_ip ip = { 0 };
	const char *text;

	text = cJSON_IsString(address) ? address->valuestring : "";
	if (prefix_parse(text, &ip.address) < 0)
		return fail_cidr("the 'address' field is expected to be", text, err);
	if (gateway && !cJSON_IsString(gateway))
		return cni_fail(err, CNI_ERR_INTERNAL, 0,
				"ipam.addresses: gateway must be a string");
	if (gateway && *gateway->valuestring && addr_parse(gateway->valuestring, &ip.gateway) < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "invalid IP address: %s",
				gateway->valuestring);
	*result_add_ip(result) = ip;
	return 0;
}

/* Replaces what was collected so far; an absent or empty list changes nothing. */
static int replace_ips(const cJSON *list, struct result *result, struct cni_error *err)
{
	const cJSON *item;

	if (list && !cJSON_IsArray(list))
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "ips must be a list, not %s",
				json_type_name(list));
	if (cJSON_GetArraySize(list) > 0)
		result->ip_count = 0;
	cJSON_ArrayForEach(item, list)
	{
		const char *text = cJSON_IsString(item) ? item->valuestring : "";
		struct prefix address;

		if (prefix_parse(text, &address) < 0)
			return fail_cidr("an entry in the 'ips' field is NOT", text, err);
		add_ip(result, &address);
	}
	return 0;
}

/* The configuration's addresses, then those of CNI_ARGS. */
static int read_configured(const cJSON *ipam, const struct result *from_args, struct result *result,
			   struct cni_error *err)
{
	const cJSON *list = json_get(ipam, "addresses");
	const cJSON *entry;
	int r = 0;

	if (list && !cJSON_IsArray(list))
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "ipam.addresses must be a list, not %s",
				json_type_name(list));
	cJSON_ArrayForEach(entry, list)
	{
		r = read_address(entry, result, err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < from_args->ip_count; i++)
		*result_add_ip(result) = from_args->ips[i];
	return 0;
}

static int check_families(const struct result *result, const char *version, struct cni_error *err)
{
	size_t ipv4 = 0;

	for (size_t i = 0; i < result->ip_count; i++)
		ipv4 += result->ips[i].address.addr.family == AF_INET;
	return result_check_families(ipv4, result->ip_count - ipv4, version, err);
}

int static_conf_read(const struct cni_call *call, struct result *ret, struct cni_error *err)
{
	cleanup_result struct result from_args = { 0 };
	cleanup_result struct result result = { 0 };
	const cJSON *ipam = call->conf.ipam;
	int r;

	if (!ipam)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "IPAM config missing 'ipam' key");
	r = read_args(call->args, &from_args, err)
		    ?: replace_ips(json_get(call->conf.args_cni, "ips"), &result, err)
		    ?: replace_ips(json_get(call->conf.runtime, "ips"), &result, err)
		    ?: (result.ip_count ? 0 : read_configured(ipam, &from_args, &result, err))
		    ?: routes_parse(json_get(ipam, "routes"), "ipam.routes", &result, err)
		    ?: dns_parse(json_get(ipam, "dns"), "ipam.dns", &result.dns, err)
		    ?: check_families(&result, call->conf.version, err);
	if (r < 0)
		return r;
	*ret = result;
	result = (struct result){ 0 };
	return 0;
}
