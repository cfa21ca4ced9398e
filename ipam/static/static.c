/* SPDX-License-Identifier: GPL-2.0-or-later */
/* static: the IPAM plugin that answers with the addresses it was told. Keeps no state. */
#include "conf.h"
#include "plugin/check.h"

static int static_add(struct cni_call *call, struct text *out, struct cni_error *err)
{
	cleanup_result struct result result = { 0 };
	int r = static_conf_read(call, &result, err);

	return r < 0 ? r : result_print(&result, call->conf.version, out, err);
}

static const struct result_ip *find_address(const struct result *result, const struct addr *addr)
{
	for (size_t i = 0; i < result->ip_count; i++)
		if (addr_equal(&result->ips[i].address.addr, addr))
			return &result->ips[i];
	return NULL;
}

static int check_address(const struct result_ip *wanted, const struct result *prev,
			 struct cni_error *err)
{
	const struct result_ip *found = find_address(prev, &wanted->address.addr);
	char address[PREFIX_TEXT], want[ADDR_TEXT], have[ADDR_TEXT];

	if (!found)
		return check_fail(err, "static: Failed to match addr %s: it is not in prevResult",
				  prefix_print(&wanted->address, address));
	if (addr_is_set(&wanted->gateway) && !addr_equal(&wanted->gateway, &found->gateway))
		return check_fail(err,
				  "static: Failed to match addr %s: its gateway is %s instead of "
				  "%s",
				  prefix_print(&wanted->address, address),
				  addr_is_set(&found->gateway) ? addr_print(&found->gateway, have)
							       : "missing",
				  addr_print(&wanted->gateway, want));
	return 0;
}

static int static_check(struct cni_call *call, struct cni_error *err)
{
	cleanup_result struct result wanted = { 0 };
	cleanup_result struct result prev = { 0 };
	int r;

	r = static_conf_read(call, &wanted, err);
	if (r == 0)
		r = check_prev_result(call, &prev, err);
	for (size_t i = 0; r == 0 && i < wanted.ip_count; i++)
		r = check_address(&wanted.ips[i], &prev, err);
	return r;
}

static const struct cni_plugin plugin = {
	.name = "static",
	.add = static_add,
	.check = static_check,
};

int main(void)
{
	return cni_plugin_main(&plugin);
}
