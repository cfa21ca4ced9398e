/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which leases belong to nobody any more. */
#include "collect.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/signals.h"
#include "types/name.h"

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
	if (r < 0)
		return cni_fail(err, CNI_ERR_STORE, -r, "lease directory %s: cannot release %s",
				store->path, name);
	return 0;
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
