/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What host-local's folder and its configuration say. */
#include "leases.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"

static const char *string_of(const cJSON *object, const char *key)
{
	const cJSON *value = json_get(object, key);

	return cJSON_IsString(value) ? value->valuestring : "";
}

/* A file named like an address holds: id, line end, interface. */
static void take_lease(const char *folder, const char *name, struct lease_files *leases)
{
	cleanup_free char *path = xasprintf("%s/%s", folder, name);
	cleanup_text struct text text = { 0 };
	struct lease_file lease;
	struct stat st;
	size_t id_size;

	if (addr_parse(name, &lease.addr) < 0 || stat(path, &st) < 0 ||
	    file_read_at(AT_FDCWD, path, &text) < 0 || !text.len)
		return;
	id_size = strcspn(text.s, "\r\n");
	lease.container_id = xstrndup(text.s, id_size);
	lease.ifname = xstrdup(text.s + id_size + strspn(text.s + id_size, "\r\n"));
	lease.ifname[strcspn(lease.ifname, "\r\n")] = '\0';
	lease.written = st.st_mtime;
	leases->items = xgrow(leases->items, leases->count, sizeof(lease));
	leases->items[leases->count++] = lease;
}

int lease_files_read(const cJSON *ipam, const char *network, struct lease_files *ret)
{
	const char *data_dir = string_of(ipam, "dataDir");
	cleanup_free char *folder =
		xasprintf("%s/%s", *data_dir ? data_dir : "/var/lib/cni/networks", network);
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(dir)))
		take_lease(folder, entry->d_name, ret);
	(void)closedir(dir); /* only read */
	return 0;
}

/* First and last address that host-local gives out of a range. */
static bool read_range(const cJSON *range, struct addr *ret_first, struct addr *ret_last,
		       struct addr *ret_gateway)
{
	struct prefix subnet;

	if (prefix_parse(string_of(range, "subnet"), &subnet) < 0)
		return false;
	subnet = prefix_network(&subnet);
	*ret_first = addr_plus(&subnet.addr, 1);
	*ret_last = prefix_last(&subnet);
	if (subnet.addr.family == AF_INET && subnet.len < 31)
		*ret_last = addr_minus(ret_last, 1); /* the broadcast address */
	*ret_gateway = *ret_first;
	if (addr_parse(string_of(range, "rangeStart"), ret_first) < 0 &&
	    subnet.len >= family_bits(subnet.addr.family) - 1)
		*ret_first = subnet.addr;
	ignore(addr_parse(string_of(range, "rangeEnd"), ret_last));   /* absent: as it is */
	ignore(addr_parse(string_of(range, "gateway"), ret_gateway)); /* likewise */
	return true;
}

static bool is_between(const struct addr *addr, const struct addr *first, const struct addr *last)
{
	return addr->family == first->family && addr_compare(addr, first) >= 0 &&
	       addr_compare(addr, last) <= 0;
}

static void count_set(const cJSON *set, const struct lease_files *leases, range_set_fn *fn,
		      void *data)
{
	uint64_t room = 0, taken = 0;

	for (const cJSON *range = set; range; range = range->next) {
		struct addr first, last, gateway;
		uint64_t size;

		if (!read_range(range, &first, &last, &gateway))
			return;
		size = addr_count(&first, &last);
		if (size != UINT64_MAX && is_between(&gateway, &first, &last))
			size--;
		room = room + size < room ? UINT64_MAX : room + size;
		for (size_t i = 0; i < leases->count; i++)
			taken += is_between(&leases->items[i].addr, &first, &last);
	}
	fn(room, taken, string_of(set, "subnet"), data);
}

void range_sets_each(const cJSON *ipam, const struct lease_files *leases, range_set_fn *fn,
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

void lease_files_release(struct lease_files *leases)
{
	for (size_t i = 0; i < leases->count; i++) {
		free(leases->items[i].container_id);
		free(leases->items[i].ifname);
	}
	free(leases->items);
}
