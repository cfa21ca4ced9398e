/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where namespaces are looked for, and how one is read. */
#include "spaces.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "net/nsid.h"
#include "places.h"
#include "runtime/namespace.h"

static int take_link(const struct link *link, void *data)
{
	struct space *space = data;

	space->links = xgrow(space->links, space->link_count, sizeof(*space->links));
	space->links[space->link_count++] = (struct space_link){ .link = *link, .peer = NOWHERE };
	return 0;
}

static void take_address(struct space *space, const struct ifaddr *address)
{
	int found = space_find_index(space, address->link);
	struct ifaddrs *into = found < 0 ? NULL : &space->links[found].addresses;

	if (!into || (address->scope == RT_SCOPE_LINK && address->address.addr.family == AF_INET6))
		return;
	into->items = xgrow(into->items, into->count, sizeof(*into->items));
	into->items[into->count++] = *address;
}

static int read_addresses(struct netlink *nl, struct space *space)
{
	cleanup_ifaddrs struct ifaddrs all = { 0 };
	int r = ifaddr_list(nl, 0, AF_UNSPEC, &all);

	for (size_t i = 0; r == 0 && i < all.count; i++)
		take_address(space, &all.items[i]);
	return r;
}

static int compare_links(const void *a, const void *b)
{
	const struct space_link *left = a, *right = b;

	return (left->link.index > right->link.index) - (left->link.index < right->link.index);
}

static void order_links(struct space *space)
{
	if (space->link_count > 1)
		qsort(space->links, space->link_count, sizeof(*space->links), compare_links);
	for (size_t i = 0; i < space->link_count; i++)
		roster_add(&space->names, space->links[i].link.name, i);
	roster_sort(&space->names);
}

static int read_ways(struct netlink *nl, struct space *space)
{
	int r = route_list(nl, AF_INET, &space->routes4);

	if (r == 0 && route_list(nl, AF_INET6, &space->routes6) < 0)
		space->routes6 = (struct kernel_routes){ 0 }; /* a kernel without IPv6 */
	if (r == 0)
		r = fixed_neighbours_read(nl, &space->fixed);
	return r;
}

static int read_space(struct netlink *nl, enum picture_extent extent, struct space *space)
{
	int r = link_each(nl, take_link, space);

	order_links(space);
	if (r == 0)
		r = read_addresses(nl, space);
	if (r == 0 && extent == PICTURE_WHOLE)
		r = read_ways(nl, space);
	return r;
}

static int open_socket_in(int fd, struct netlink *ret)
{
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	cleanup_error struct cni_error ignored = { 0 };
	int r = netns_enter(&visit, fd, &ignored);

	return r == 0 ? netlink_open(ret, NETLINK_ROUTE) : r;
}

static struct space *append_space(struct picture *picture, char *name, const char *path,
				  const struct netns_id *id)
{
	picture->spaces = xgrow(picture->spaces, picture->space_count, sizeof(*picture->spaces));
	picture->spaces[picture->space_count] = (struct space){
		.name = name, .path = path ? xstrdup(path) : NULL, .id = *id, .nsid = -1
	};
	picture->space_count++;
	place_add(picture);
	return &picture->spaces[picture->space_count - 1];
}

struct search {
	struct picture *picture;
	struct netlink host;
};

/*
 * Takes `name`. What cannot be read counts as unseen, but for what has gone. 0, or what stood in
 * the way.
 */
static int add_space(struct search *search, char *name, const char *path)
{
	cleanup_free char *own_name = name;
	cleanup_error struct cni_error ignored = { 0 };
	cleanup_netlink struct netlink nl = NETLINK_CLOSED;
	cleanup_close int fd = -1;
	struct netns_id id;
	struct space *space;
	int r = 0;

	if (picture_find_space(search->picture, path) >= 0)
		return 0;
	fd = netns_open(path, &ignored);
	if (fd >= 0)
		r = netns_identify(fd, &id);
	if (fd >= 0 && r == 0)
		r = open_socket_in(fd, &nl);
	if (fd < 0 || r < 0) {
		r = fd < 0 ? fd : r;
		search->picture->has_unseen |= r != -ENOENT && r != -ENOTDIR && r != -EINVAL;
		return r;
	}
	space = append_space(search->picture, steal(&own_name), path, &id);
	space->nsid = nsid_of(&search->host, fd);
	space->is_unread = read_space(&nl, search->picture->extent, space) < 0;
	search->picture->has_unseen |= space->is_unread;
	return 0;
}

static char *name_of_path(const char *path)
{
	const char *slash = strrchr(path, '/');

	return xstrdup(slash ? slash + 1 : path);
}

static void add_named(struct search *search)
{
	DIR *dir = opendir(NAMESPACE_FOLDER);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		cleanup_free char *path = xasprintf(NAMESPACE_FOLDER "/%s", entry->d_name);

		if (entry->d_name[0] != '.')
			ignore(add_space(search, xstrdup(entry->d_name), path)); /* it is noted */
	}
	if (dir)
		(void)closedir(dir); /* only read */
}

static char *name_of_process(const char *pid)
{
	cleanup_free char *path = xasprintf("/proc/%s/comm", pid);
	cleanup_text struct text comm = { 0 };

	if (file_read_at(AT_FDCWD, path, &comm) < 0 || !comm.len)
		return xasprintf("process %s", pid);
	return xasprintf("process %s (%.*s)", pid, (int)strcspn(comm.s, "\n"), comm.s);
}

static void add_of_processes(struct search *search)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		cleanup_free char *path = xasprintf("/proc/%s/ns/net", entry->d_name);

		long process = strtol(entry->d_name, NULL, 10);
		int at = process > 0 ? picture_find_space(search->picture, path) : -1;

		if (process > 0 && at < 0) {
			ignore(add_space(search, name_of_process(entry->d_name), path)); /* too */
			at = picture_find_space(search->picture, path);
		}
		if (at > 0 && !search->picture->spaces[at].process)
			search->picture->spaces[at].process = process;
	}
	if (dir)
		(void)closedir(dir); /* only read */
}

/* A plain file at the path of a container: it is mounted there for others, but not for us. */
static void add_cached(struct search *search)
{
	for (size_t i = 0; i < search->picture->cache.count; i++) {
		const char *netns = cached_netns(&search->picture->cache.items[i]);

		if (*netns && add_space(search, name_of_path(netns), netns) == -EINVAL)
			search->picture->has_unseen = true;
	}
}

static void search_end(struct search *search)
{
	netlink_shut(&search->host);
}

/* Somebody may have given a number to the host itself, too. */
static void number_host(struct search *search)
{
	cleanup_close int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		search->picture->spaces[0].nsid = nsid_of(&search->host, fd);
}

static int look_for_nsid(int nsid, void *data)
{
	const struct picture *picture = data;

	for (size_t i = 0; i < picture->space_count; i++)
		if (picture->spaces[i].nsid == nsid)
			return 0;
	return 1;
}

/* By name, the host first. */
static int compare_spaces(const void *a, const void *b)
{
	const struct space *left = a, *right = b;

	return strverscmp(left->name, right->name);
}

int spaces_read(struct picture *picture, struct cni_error *err)
{
	cleanup_with(search_end) struct search search = { .picture = picture,
							  .host = NETLINK_CLOSED };
	struct netns_id id = { 0 };
	int r = netns_identify(-1, &id);
	struct space *host = append_space(picture, xstrdup("host"), NULL, &id);

	r = r ?: netlink_open(&search.host, NETLINK_ROUTE) ?: read_space(&search.host, picture->extent, host);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "cannot read the interfaces of the host");
	number_host(&search);
	add_named(&search);
	add_cached(&search);
	add_of_processes(&search);
	if (nsid_each(&search.host, look_for_nsid, picture) != 0)
		picture->has_unseen = true;
	qsort(picture->spaces + 1, picture->space_count - 1, sizeof(*picture->spaces),
	      compare_spaces);
	places_renew(picture);
	return 0;
}
