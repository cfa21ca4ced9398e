/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How an IPAM plugin is called and its answer understood. */
#include "plugin/ipam.h"

#include <errno.h>
#include <string.h>

#include "base/warn.h"
#include "plugin/delegate.h"
#include "types/json.h"

/* Each would start the next without end: with the same configuration, the next does the same. */
static bool names_itself(const struct cni_call *call)
{
	return text_equal(call->conf.ipam_type, call->plugin->name);
}

static int fail_itself(const struct cni_call *call, struct cni_error *err)
{
	int r = cni_fail(err, CNI_ERR_CONFIG, 0, "ipam: type %s is this plugin itself",
			 call->conf.ipam_type);

	cni_error_details(err, "name a plugin that gives addresses, as host-local");
	return r;
}

static int call_ipam(struct cni_call *call, const char *verb, struct text *ret_output,
		     struct cni_error *err)
{
	if (names_itself(call))
		return fail_itself(call, err);
	return delegate_call(call, call->conf.ipam_type, verb, ret_output, err);
}

static int parse_answer(const struct cni_call *call, const struct text *output, struct result *ret,
			struct cni_error *err)
{
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;
	const cJSON *version;
	int r;

	r = json_parse(output->s ? output->s : "", output->len, &json, &why);
	if (r < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "failed to unmarshal raw result: %s",
				why);
	if (!cJSON_IsObject(json) && !cJSON_IsNull(json))
		return cni_fail(err, CNI_ERR_INTERNAL, 0,
				"failed to unmarshal raw result: %s where a result was expected",
				json_type_name(json));
	version = json_get(json, "cniVersion");
	if (cJSON_IsString(version) && *version->valuestring)
		r = result_parse(json, version->valuestring, ret, err);
	else
		r = result_parse(json, call->conf.version, ret, err);
	if (r < 0)
		return r;
	if (ret->ip_count == 0)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "IPAM plugin returned missing IP config");
	return 0;
}

/*
 * Interrupted, killed or lost, a delegate may or may not have taken an address. Our caller has made
 * sure that no other attachment of this owner lives, so giving back harms nobody; and when that
 * fails as well, the first failure says enough.
 */
static void give_back_in_case(struct cni_call *call)
{
	cleanup_error struct cni_error ignored = { 0 };

	ignore(ipam_del(call, &ignored));
}

/* What IPAM plugins have to do with the interface. */
static const struct ipam_type {
	const char *name;
	enum { APART, ON_LINK } place; /* others may look at it */
} types[] = {
	{ "host-local", APART },
	{ "static", APART },
	{ "dhcp", ON_LINK },
};

static const struct ipam_type *find_type(const struct cni_call *call)
{
	for (size_t i = 0; i < array_size(types); i++)
		if (text_equal(call->conf.ipam_type, types[i].name))
			return &types[i];
	return NULL;
}

static bool needs_no_interface(const struct cni_call *call)
{
	const struct ipam_type *type = find_type(call);

	return type && type->place == APART;
}

bool ipam_is_on_link(const struct cni_call *call)
{
	const struct ipam_type *type = find_type(call);

	return type && type->place == ON_LINK;
}

static const char *const add_variables[] = { "CNI_COMMAND=ADD", NULL };

static struct delegate delegate_of(struct cni_call *call)
{
	return (struct delegate){
		.name = call->conf.ipam_type,
		.path = call->path,
		.set_variables = add_variables,
		.input = &call->input,
		.signal_mask = &call->signal_mask,
	};
}

static int ask(struct lease *lease, struct cni_error *err)
{
	const struct delegate delegate = delegate_of(lease->call);
	int r;

	lease->state = LEASE_NONE;
	if (names_itself(lease->call))
		return fail_itself(lease->call, err);
	r = delegate_start(&delegate, &lease->child, err);
	if (r < 0)
		return r;
	lease->state = LEASE_ASKED;
	return 0;
}

/* The plugin's answer; a plain error of it leaves no lease. */
static int hear(struct lease *lease, struct text *ret_output, struct cni_error *err)
{
	const struct delegate delegate = delegate_of(lease->call);
	int r;

	lease->state = LEASE_NONE;
	r = delegate_finish(&delegate, &lease->child, ret_output, err);
	if (r == -EINTR || r == -ECANCELED)
		give_back_in_case(lease->call);
	if (r < 0)
		return r;
	lease->state = LEASE_HELD;
	return 0;
}

/* Nobody has a link, so an address of this owner was left by an ADD that was killed. */
static int hear_again(struct lease *lease, struct text *ret_output, struct cni_error *err)
{
	cni_error_release(err);
	give_back_in_case(lease->call);
	return ask(lease, err) ?: hear(lease, ret_output, err);
}

int ipam_start(struct cni_call *call, bool is_vacant, struct lease *ret_lease,
	       struct cni_error *err)
{
	*ret_lease = (struct lease){ .call = call, .state = LEASE_DUE, .is_vacant = is_vacant };
	return is_vacant && needs_no_interface(call) ? ask(ret_lease, err) : 0;
}

int ipam_finish(struct lease *lease, struct result *ret_result, struct cni_error *err)
{
	cleanup_text struct text output = { 0 };
	cleanup_result struct result result = { 0 };
	int r = 0;

	if (lease->state == LEASE_DUE)
		r = ask(lease, err);
	if (r < 0)
		return r;
	r = hear(lease, &output, err);
	if (r < 0 && lease->is_vacant && err->code == CNI_ERR_CONFLICT)
		r = hear_again(lease, &output, err);
	if (r < 0)
		return r;
	r = parse_answer(lease->call, &output, &result, err);
	if (r < 0)
		return r;
	*ret_result = result;
	result = (struct result){ 0 };
	return 0;
}

static int call_silently(struct cni_call *call, const char *verb, struct cni_error *err)
{
	cleanup_text struct text ignored = { 0 };

	return call_ipam(call, verb, &ignored, err);
}

/* It cannot have given an address. */
int ipam_del(struct cni_call *call, struct cni_error *err)
{
	if (names_itself(call))
		return 0;
	return call_silently(call, "DEL", err);
}

void ipam_del_unnamed(struct cni_call *call)
{
	static const char host_local[] = "host-local";
	cleanup_error struct cni_error err = { 0 };
	cleanup_text struct text output = { 0 };
	cleanup_free char *path = NULL;

	if (delegate_find(host_local, call->path, &path, NULL) == 0 &&
	    delegate_call(call, host_local, "DEL", &output, &err) < 0)
		cni_error_ignore(&err);
}

int ipam_del_before_link(struct cni_call *call, struct cni_error *err)
{
	return ipam_is_on_link(call) ? ipam_del(call, err) : 0;
}

int ipam_del_after_link(struct cni_call *call, struct cni_error *err)
{
	return ipam_is_set(call) && !ipam_is_on_link(call) ? ipam_del(call, err) : 0;
}

int ipam_check(struct cni_call *call, struct cni_error *err)
{
	return call_silently(call, "CHECK", err);
}

int ipam_status(struct cni_call *call, struct cni_error *err)
{
	return ipam_is_set(call) ? call_silently(call, "STATUS", err) : 0;
}

int ipam_gc(struct cni_call *call, struct cni_error *err)
{
	return ipam_is_set(call) && !names_itself(call) ? call_silently(call, "GC", err) : 0;
}

static bool is_ipv6(const cJSON *text)
{
	return cJSON_IsString(text) && strchr(text->valuestring, ':');
}

/* Sets of ranges, as host-local has them in "ranges" and runtimes in "ipRanges". */
static bool has_ipv6_range(const cJSON *sets)
{
	const cJSON *set, *range;

	cJSON_ArrayForEach(set, sets) cJSON_ArrayForEach(range, set)
	{
		if (is_ipv6(json_get(range, "subnet")))
			return true;
	}
	return false;
}

static bool wants_ipv6(const struct cni_call *call)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_get(call->conf.ipam, "addresses"))
	{
		if (is_ipv6(json_get(item, "address")))
			return true;
	}
	cJSON_ArrayForEach(item, json_get(call->conf.runtime, "ips"))
	{
		if (is_ipv6(item))
			return true;
	}
	return is_ipv6(json_get(call->conf.ipam, "subnet")) ||
	       has_ipv6_range(json_get(call->conf.ipam, "ranges")) ||
	       has_ipv6_range(json_get(call->conf.runtime, "ipRanges"));
}

static int fail_mtu(int mtu, struct cni_error *err)
{
	int r = cni_fail(err, CNI_ERR_CONFIG, 0,
			 "mtu: %d is below %d, the least that IPv6 addresses need", mtu,
			 IPV6_MIN_MTU);

	cni_error_details(err, "raise mtu, or configure no IPv6 addresses");
	return r;
}

int ipam_check_mtu(const struct cni_call *call, int mtu, struct cni_error *err)
{
	return mtu > 0 && mtu < IPV6_MIN_MTU && wants_ipv6(call) ? fail_mtu(mtu, err) : 0;
}

int ipam_check_mtu_of_result(const struct result *result, int mtu, struct cni_error *err)
{
	for (size_t i = 0; mtu > 0 && mtu < IPV6_MIN_MTU && i < result->ip_count; i++)
		if (result->ips[i].address.addr.family == AF_INET6)
			return fail_mtu(mtu, err);
	return 0;
}

void lease_undo(struct lease *lease)
{
	cleanup_error struct cni_error err = { 0 };
	cleanup_error struct cni_error ignored = { 0 };
	cleanup_text struct text output = { 0 };

	if (lease->state == LEASE_ASKED)
		ignore(hear(lease, &output,
			    &ignored)); /* the error that led here is the one to tell */
	if (lease->state == LEASE_HELD && ipam_del(lease->call, &err) < 0)
		cni_warn("giving the address back failed: %s", err.msg);
	lease->state = LEASE_NONE;
}

void lease_undo_before_link(struct lease *lease)
{
	if (lease->call && ipam_is_on_link(lease->call))
		lease_undo(lease);
}
