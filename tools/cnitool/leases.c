/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What host-local's folder and its configuration say. */
#include "leases.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "lease/lease.h"
#include "lease/range_conf.h"

static const char *string_of(const cJSON *object, const char *key)
{
	const cJSON *value = json_get(object, key);

	return cJSON_IsString(value) ? value->valuestring : "";
}

/* What holds no lease for a plugin is passed over, and so is what could hold us up. */
static void take_lease(int dir_fd, const char *name, struct held_leases *leases)
{
	cleanup_lease_file struct lease_file file = { .state = LEASE_ABSENT };
	struct held_lease lease;
	const char *content;
	size_t id_size;

	if (lease_name_parse(name, &lease.addr) < 0)
		return;
	lease_file_read(dir_fd, name, &file);
	if (file.state != LEASE_HELD)
		return;
	content = file.content.s;
	id_size = lease_text_id_size(content);
	lease.container_id = xstrndup(content, id_size);
	lease.ifname = xstrdup(content[id_size] ? content + id_size + 2 : "");
	lease.written = (time_t)(file.stamp.mtime / 1000000000);
	leases->items = xgrow(leases->items, leases->count, sizeof(lease));
	leases->items[leases->count++] = lease;
}

static int compare_leases(const void *a, const void *b)
{
	const struct held_lease *left = a, *right = b;

	return addr_compare(&left->addr, &right->addr);
}

const struct held_lease *held_leases_find(const struct held_leases *leases, const struct addr *addr)
{
	const struct held_lease wanted = { .addr = *addr };

	return leases->count ? bsearch(&wanted, leases->items, leases->count,
				       sizeof(*leases->items), compare_leases)
			     : NULL;
}

int held_leases_read(const cJSON *ipam, const char *network, struct held_leases *ret)
{
	const char *data_dir = string_of(ipam, "dataDir");
	cleanup_free char *folder =
		xasprintf("%s/%s", *data_dir ? data_dir : "/var/lib/cni/networks", network);
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(dir)))
		take_lease(dirfd(dir), entry->d_name, ret);
	(void)closedir(dir); /* only read */
	if (ret->count > 1)
		qsort(ret->items, ret->count, sizeof(*ret->items), compare_leases);
	return 0;
}

static bool is_between(const struct addr *addr, const struct addr *first, const struct addr *last)
{
	return addr->family == first->family && addr_compare(addr, first) >= 0 &&
	       addr_compare(addr, last) <= 0;
}

static void count_set(const cJSON *set, const struct held_leases *leases, range_set_fn *fn,
		      void *data)
{
	uint64_t room = 0, taken = 0;

	for (const cJSON *object = set; object; object = object->next) {
		cleanup_with(range_release) struct range range = { 0 };
		uint64_t size;

		if (range_parse(object, "", &range, NULL) < 0 || range_settle(&range, NULL) < 0)
			return; /* host-local refuses it */
		size = addr_count(&range.first, &range.last);
		if (size != UINT64_MAX && is_between(&range.gateway, &range.first, &range.last))
			size--;
		room = room + size < room ? UINT64_MAX : room + size;
		for (size_t i = 0; i < leases->count; i++)
			taken += is_between(&leases->items[i].addr, &range.first, &range.last);
	}
	fn(room, taken, string_of(set, "subnet"), data);
}

void range_sets_each(const cJSON *ipam, const struct held_leases *leases, range_set_fn *fn,
		     void *data)
{
	const cJSON *sets = json_get(ipam, "ranges");

	if (*string_of(ipam, "subnet")) {
		cJSON single = *ipam; /* the oldest form: the range's keys stand in ipam itself */

		single.next = NULL;
		count_set(&single, leases, fn, data);
	}
	for (const cJSON *set = cJSON_IsArray(sets) ? sets->child : NULL; set; set = set->next)
		if (set->child)
			count_set(set->child, leases, fn, data);
}

void held_leases_release(struct held_leases *leases)
{
	for (size_t i = 0; i < leases->count; i++) {
		free(leases->items[i].container_id);
		free(leases->items[i].ifname);
	}
	free(leases->items);
}
