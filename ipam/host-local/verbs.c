/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of an ADD, DEL, CHECK and GC: what becomes of leases that are there. */
#include "host_local_verbs.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/signals.h"
#include "base/warn.h"
#include "types/name.h"

/* ---- DEL */

static int fail_release(const struct store *store, const struct addr *addr, int errnum,
			struct cni_error *err)
{
	char buffer[ADDR_TEXT];

	return cni_fail(err, CNI_ERR_STORE, errnum, "lease directory %s: cannot release %s",
			store->path, addr_print(addr, buffer));
}

static int release_one(struct store *store, const struct addr *addr, const struct lease_conf *conf,
		       struct cni_error *err)
{
	const struct store_rest rest = {
		.cooldown_seconds = conf->cooldown_seconds,
		.sticky_seconds = conf->sticky ? conf->sticky_seconds : 0,
	};
	int r = store_release(store, addr, &rest);

	return r < 0 ? fail_release(store, addr, -r, err) : 0;
}

/* Leases of the old format name no interface: they go only when none names this one. */
static enum lease_match best_match(const struct store_leases *leases)
{
	enum lease_match best = LEASE_OTHER;

	for (size_t i = 0; i < leases->count; i++)
		if (leases->items[i].match > best)
			best = leases->items[i].match;
	return best;
}

/* Where no folder is, nothing was leased; a DEL that refused would stop those behind it. */
static int open_if_folder(const struct store_place *place, struct store *ret, struct cni_error *err)
{
	cleanup_error struct cni_error why = { 0 };
	int r = store_open(place, false, ret, &why);

	if (r == -ENOTDIR) {
		cni_warn("%s; nothing is released there", why.msg);
		return 0;
	}
	if (r < 0 && err) {
		*err = why;
		why = (struct cni_error){ 0 };
	}
	return r;
}

int release_leases(const struct store_place *place, const struct attachment *owner,
		   const struct lease_conf *conf, struct cni_error *err)
{
	cleanup_store_leases struct store_leases leases = { 0 };
	cleanup_store struct store store = STORE_NONE;
	enum lease_match best;
	int r = open_if_folder(place, &store, err);
	int first = 0;

	if (r <= 0)
		return r;
	r = store_find(&store, owner, &leases, err);
	if (r < 0)
		return r;
	best = best_match(&leases);
	for (size_t i = 0; i < leases.count; i++) {
		if (leases.items[i].match != best)
			continue;
		r = release_one(&store, &leases.items[i].addr, conf, err);
		if (first == 0)
			first = r;
	}
	return first;
}

/* ---- an ADD that nobody heard */

static bool is_given(struct store *store, const struct addr *addr, const struct attachment *owner,
		     uint64_t nonce)
{
	cleanup_lease_file struct lease_file file = { .state = LEASE_ABSENT };
	const uint32_t number = index_find(&store->index, addr);
	struct record record;
	char name[ADDR_TEXT];

	lease_file_read(store->dir_fd, addr_print(addr, name), &file);
	if (file.state != LEASE_HELD || lease_text_match(file.content.s, owner) == LEASE_OTHER)
		return false;
	return !record_read(store->records_fd, number, &record) ||
	       !record_is_about(&record, &file.stamp) || record.nonce == nonce;
}

int withdraw_leases(const struct store_place *place, const struct attachment *owner,
		    const struct allotment *allotment, struct cni_error *err)
{
	cleanup_store struct store store = STORE_NONE;
	int r = store_open(place, false, &store, err);
	int first = 0;

	if (r <= 0)
		return r;
	for (size_t i = 0; i < allotment->count; i++) {
		const struct addr *addr = &allotment->items[i].addr;

		if (!is_given(&store, addr, owner, allotment->nonce))
			continue;
		r = store_release(&store, addr, NULL);
		first = first ? first : r;
	}
	return first < 0 ? fail_release(&store, &allotment->items[0].addr, -first, err) : 0;
}

/* ---- CHECK */

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

/* ---- GC */

/* A lease of the old format stays as long as any interface of its container is known. */
static bool is_any_of_container(const struct attachments *valid, const char *network,
				const char *id)
{
	struct owner some = owner_of(
		&(struct attachment){ .network = network, .container_id = id, .ifname = "x" });

	some.text[strlen(some.text) - 1] = '\0';
	return attachments_have_prefix(valid, some.text);
}

static bool is_valid(const struct attachments *valid, const char *network, const char *content)
{
	size_t id_size = lease_text_id_size(content);
	cleanup_free char *id = xstrndup(content, id_size);
	struct owner owner;

	if (name_check_container_id(id, NULL) < 0)
		return true; /* a note of somebody, not a lease of a plugin */
	if (!content[id_size])
		return is_any_of_container(valid, network, id);
	owner = owner_of(&(struct attachment){
		.network = network, .container_id = id, .ifname = content + id_size + 2 });
	return attachments_keep(owner.text, (void *)(uintptr_t)valid);
}

static int collect_one(struct store *store, const struct store_place *place,
		       const struct attachments *valid, const struct addr *addr,
		       struct cni_error *err)
{
	cleanup_lease_file struct lease_file file = { .state = LEASE_ABSENT };
	char name[ADDR_TEXT];
	int r;

	lease_file_read(store->dir_fd, addr_print(addr, name), &file);
	if (file.state != LEASE_HELD || is_valid(valid, place->network, file.content.s))
		return 0;
	r = store_release(store, addr, NULL);
	return r < 0 ? fail_release(store, addr, -r, err) : 0;
}

int collect_leases(const struct store_place *place, const struct attachments *valid,
		   struct cni_error *err)
{
	cleanup_store struct store store = STORE_NONE;
	int r = store_open(place, false, &store, err);
	int first = 0;

	if (r <= 0)
		return r;
	for (uint32_t number = 1; number <= index_last(&store.index); number++) {
		const struct index_entry *entry = index_entry(&store.index, number);
		struct addr addr = index_entry_addr(entry);

		if (signals_in_turn(number) < 0)
			return cni_fail(err, CNI_ERR_TRY_LATER, EINTR,
					"lease directory %s: gave up collecting", store.path);
		if (entry->state != ENTRY_TAKEN)
			continue;
		r = collect_one(&store, place, valid, &addr, err);
		if (first == 0)
			first = r;
	}
	return first;
}
