/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares the addresses of an attachment with the leases. */
#include "check.h"

#include <errno.h>

static int fail_check(const struct cni_call *call, const struct addr *addr, const char *why,
		      struct cni_error *err)
{
	char buffer[ADDR_TEXT];

	(void)cni_fail(err, CNI_ERR_CHECK, 0,
		       "host-local: Failed to find address added by container %s",
		       call->container_id);
	if (addr)
		cni_error_details(err, "%s %s", addr_print(addr, buffer), why);
	return -ENOENT;
}

/* One file each, so no lock is needed. */
static int check_lease(const struct cni_call *call, const struct store *store,
		       const struct addr *addr, struct cni_error *err)
{
	cleanup_lease_file struct lease_file file = { .state = LEASE_ABSENT };
	struct attachment owner = call_attachment(call);
	char name[ADDR_TEXT];

	lease_file_read(store->dir_fd, addr_print(addr, name), &file);
	if (file.state == LEASE_HELD && lease_text_match(file.content.s, &owner) != LEASE_OTHER)
		return 0;
	return fail_check(call, addr,
			  file.state == LEASE_ABSENT ? "has no lease" : "is leased to another",
			  err);
}

/*
 * The addresses that came from these ranges: how many are rightly leased. Others are some other
 * plugin's.
 */
static int check_prev_result(const struct cni_call *call, const struct pool *pool,
			     const struct store *store, struct cni_error *err)
{
	cleanup_result struct result prev = { 0 };
	int count = 0;
	int r = netconf_prev_result(&call->conf, &prev, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < prev.ip_count; i++) {
		const struct addr *addr = &prev.ips[i].address.addr;

		if (!pool_find(pool, addr))
			continue;
		r = check_lease(call, store, addr, err);
		if (r < 0)
			return r;
		count++;
	}
	return count;
}

static int check_owner(struct cni_call *call, const struct store_place *place,
		       struct cni_error *err)
{
	cleanup_store_leases struct store_leases leases = { 0 };
	cleanup_store struct store store = STORE_NONE;
	struct attachment owner = call_attachment(call);
	int r = store_open(place, false, &store, err);

	if (r > 0)
		r = store_find(&store, &owner, &leases, err);
	if (r < 0)
		return r;
	return leases.count ? 0 : fail_check(call, NULL, NULL, err);
}

int check_leases(struct cni_call *call, const struct pool *pool, const struct store_place *place,
		 struct cni_error *err)
{
	cleanup_store struct store store = STORE_NONE;
	int r = store_open_dir(place, &store, err);

	if (r == 0)
		return fail_check(call, NULL, NULL, err);
	if (r > 0)
		r = check_prev_result(call, pool, &store, err);
	if (r < 0)
		return r;
	return r > 0 ? 0 : check_owner(call, place, err);
}
