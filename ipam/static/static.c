/* SPDX-License-Identifier: GPL-2.0-or-later */
/* static: the IPAM plugin that answers with the addresses it was told. Keeps no state. */
#include <stdlib.h>

#include "base/alloc.h"
#include "plugin/check.h"
#include "static_conf.h"

static int static_add(struct cni_call *call, struct text *out, struct cni_error *err)
{
	cleanup_result struct result result = { 0 };

	return static_conf_read(call, &result, err)
		       ?: result_print(&result, call->conf.version, out, err);
}

static int compare_ips(const void *a, const void *b)
{
	const struct result_ip *const *one = a, *const *other = b;
	int order = addr_compare(&(*one)->address.addr, &(*other)->address.addr);

	/* Of equal ones the first in the result comes first. */
	return order ? order : (*one > *other) - (*one < *other);
}

/* The addresses of a result in their order; the caller frees it. */
static const struct result_ip **sort_ips(const struct result *result)
{
	const struct result_ip **sorted = xcalloc(result->ip_count + 1, sizeof(*sorted));

	for (size_t i = 0; i < result->ip_count; i++)
		sorted[i] = &result->ips[i];
	qsort(sorted, result->ip_count, sizeof(struct result_ip *), compare_ips);
	return sorted;
}

/* `found` is the entry of the previous result with the wanted address, or NULL. */
static int check_address(const struct result_ip *wanted, const struct result_ip *found,
			 struct cni_error *err)
{
	char address[PREFIX_TEXT], want[ADDR_TEXT], have[ADDR_TEXT];

	if (!found)
		return check_fail(err, "static: Failed to match addr %s: it is not in prevResult",
				  prefix_print(&wanted->address, address));
	if (addr_is_set(&wanted->gateway) && !addr_equal(&wanted->gateway, &found->gateway))
		return check_fail(
			err, "static: Failed to match addr %s: its gateway is %s instead of %s",
			prefix_print(&wanted->address, address),
			addr_is_set(&found->gateway) ? addr_print(&found->gateway, have)
						     : "missing",
			addr_print(&wanted->gateway, want));
	return 0;
}

/* Both sorted, they are walked side by side. */
static int check_addresses(const struct result *wanted, const struct result *prev,
			   struct cni_error *err)
{
	cleanup_free const struct result_ip **want = sort_ips(wanted);
	cleanup_free const struct result_ip **have = sort_ips(prev);
	size_t at = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < wanted->ip_count; i++) {
		const struct addr *addr = &want[i]->address.addr;

		while (at < prev->ip_count && addr_compare(&have[at]->address.addr, addr) < 0)
			at++;
		r = check_address(want[i],
				  at < prev->ip_count && addr_equal(&have[at]->address.addr, addr)
					  ? have[at]
					  : NULL,
				  err);
	}
	return r;
}

static int static_check(struct cni_call *call, struct cni_error *err)
{
	cleanup_result struct result wanted = { 0 };
	cleanup_result struct result prev = { 0 };

	return static_conf_read(call, &wanted, err)
		       ?: check_prev_result(call, &prev, err)
		       ?: check_addresses(&wanted, &prev, err);
}

static const struct privileges privileges = { 0 }; /* it only reads and answers */

static const struct cni_plugin plugin = {
	.name = "static",
	.privileges = &privileges,
	.add = static_add,
	.check = static_check,
};

int main(int count, char **arguments)
{
	return cni_plugin_main(&plugin, count, arguments);
}
