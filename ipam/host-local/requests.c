/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which range set a requested address belongs to, and whether it may be handed out at all. */
#include "requests.h"

static int check_request(const struct range_set *set, const struct addr *addr,
			 struct cni_error *err)
{
	char buffer[ADDR_TEXT];

	if (!addr_is_set(addr) || range_set_allows(set, addr))
		return 0;
	for (size_t i = 0; i < set->count; i++)
		if (addr_equal(&set->ranges[i].gateway, addr))
			return cni_fail(err, CNI_ERR_CONFIG, 0,
					"requested ip %s is subnet's gateway",
					addr_print(addr, buffer));
	return cni_fail(err, CNI_ERR_CONFIG, 0, "requested ip %s is excluded",
			addr_print(addr, buffer));
}

static int check_all(const struct pool *pool, const struct addr *per_set, struct cni_error *err)
{
	for (size_t i = 0; i < pool->count; i++) {
		int r = check_request(&pool->sets[i], &per_set[i], err);

		if (r == 0)
			continue;
		cni_error_prefix(err, "failed to allocate for range %zu", i);
		return r;
	}
	return 0;
}

/* The first request for a set is for it; there is none to satisfy a second. */
int requests_deal(const struct host_local_conf *conf, struct addr *per_set, struct cni_error *err)
{
	cleanup_text struct text left = { 0 };
	char buffer[ADDR_TEXT];

	for (size_t i = 0; i < conf->requested_count; i++) {
		const struct addr *addr = &conf->requested[i];
		const struct range_set *set = pool_find(&conf->pool, addr);
		struct addr *slot = set ? &per_set[set - conf->pool.sets] : NULL;

		if (slot && !addr_is_set(slot))
			*slot = *addr;
		else
			text_addf(&left, " %s", addr_print(addr, buffer));
	}
	if (left.len)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "failed to allocate all requested IPs:%s",
				left.s);
	return check_all(&conf->pool, per_set, err);
}
