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

static int read_addresses(struct nl *nl, struct space *space)
{
	cleanup_ifaddrs struct ifaddrs all = { 0 };
	int r = ifaddr_list(nl, 0, AF_UNSPEC, &all);

	for (size_t i = 0; r == 0 && i < all.count; i++)
		take_address(space, &all.items[i]);
	return r;
}

static int read_space(struct nl *nl, struct space *space)
{
	int r = link_each(nl, take_link, space);

	if (r == 0)
		r = read_addresses(nl, space);
	if (r == 0)
		r = route_list(nl, AF_INET, &space->routes4);
	if (r == 0 && route_list(nl, AF_INET6, &space->routes6) < 0)
		space->routes6 = (struct kernel_routes){ 0 }; /* a kernel without IPv6 */
	return r;
}

static int open_socket_in(const char *path, struct nl *ret, struct netns_id *ret_id)
{
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	cleanup_error struct cni_error ignored = { 0 };
	cleanup_close int fd = netns_open(path, &ignored);
	int r;

	if (fd < 0)
		return fd;
	r = netns_identify(fd, ret_id);
	if (r == 0)
		r = netns_enter(&visit, fd, &ignored);
	return r == 0 ? nl_open(ret, NETLINK_ROUTE) : r;
}

static struct space *append_space(struct picture *picture, char *name, const char *path)
{
	picture->spaces = xgrow(picture->spaces, picture->space_count, sizeof(*picture->spaces));
	picture->spaces[picture->space_count] =
		(struct space){ .name = name, .path = path ? xstrdup(path) : NULL };
	return &picture->spaces[picture->space_count++];
}

/* Takes `name`. What cannot be read is as good as gone. */
static void add_space(struct picture *picture, char *name, const char *path)
{
	cleanup_free char *own_name = name;
	cleanup_nl struct nl nl = NL_CLOSED;
	struct netns_id id;
	struct space *space;

	if (picture_find_space(picture, path) >= 0 || open_socket_in(path, &nl, &id) < 0)
		return;
	space = append_space(picture, steal(&own_name), path);
	space->id = id;
	ignore(read_space(&nl, space));
}

static char *name_of_path(const char *path)
{
	const char *slash = strrchr(path, '/');

	return xstrdup(slash ? slash + 1 : path);
}

static void add_named(struct picture *picture)
{
	DIR *dir = opendir(NAMESPACE_FOLDER);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		cleanup_free char *path = xasprintf(NAMESPACE_FOLDER "/%s", entry->d_name);

		if (entry->d_name[0] != '.')
			add_space(picture, xstrdup(entry->d_name), path);
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

static void add_of_processes(struct picture *picture)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		cleanup_free char *path = xasprintf("/proc/%s/ns/net", entry->d_name);

		if (strtol(entry->d_name, NULL, 10) > 0 && picture_find_space(picture, path) < 0)
			add_space(picture, name_of_process(entry->d_name), path);
	}
	if (dir)
		(void)closedir(dir); /* only read */
}

/* By name, the host first. */
static int compare_spaces(const void *a, const void *b)
{
	const struct space *left = a, *right = b;

	return strverscmp(left->name, right->name);
}

int spaces_read(struct picture *picture, struct cni_error *err)
{
	cleanup_nl struct nl nl = NL_CLOSED;
	struct space *host = append_space(picture, xstrdup("host"), NULL);
	int r = netns_identify(-1, &host->id);

	if (r == 0)
		r = nl_open(&nl, NETLINK_ROUTE);
	if (r == 0)
		r = read_space(&nl, host);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "cannot read the interfaces of the host");
	add_named(picture);
	for (size_t i = 0; i < picture->cache.count; i++)
		if (*picture->cache.items[i].netns)
			add_space(picture, name_of_path(picture->cache.items[i].netns),
				  picture->cache.items[i].netns);
	add_of_processes(picture);
	qsort(picture->spaces + 1, picture->space_count - 1, sizeof(*picture->spaces),
	      compare_spaces);
	return 0;
}
