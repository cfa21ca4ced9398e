/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool exec, connect and disconnect: containers by their names. */
#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "inside.h"
#include "runtime/attached.h"
#include "runtime/load.h"
#include "target.h"

int verb_exec(struct tool *tool, struct cni_error *err)
{
	cleanup_free char *netns = NULL;
	int r = inside_find(tool, tool->arguments[0], &netns, err);

	if (r < 0)
		return r;
	return inside_run(&(struct inside){ .tool = tool,
					    .netns = netns,
					    .name = tool->arguments[0],
					    .argv = tool->arguments + 1 },
			  err);
}

enum { INTERFACES = 1000 };

/* eth0, or the first number that is free; the caller frees it. */
static char *free_ifname(const struct tool *tool, const char *netns)
{
	if (tool->options.ifname)
		return xstrdup(tool->options.ifname);
	for (int i = 0; i < INTERFACES; i++) {
		cleanup_free char *name = xasprintf("eth%d", i);
		const struct container container = { .netns = netns, .ifname = name };

		if (!interface_is_present(&container))
			return steal(&name);
	}
	return xstrdup(DEFAULT_IFNAME);
}

int verb_connect(struct tool *tool, struct cni_error *err)
{
	cleanup_target struct target target = { 0 };
	cleanup_added struct added added = { 0 };
	cleanup_free char *netns = NULL, *ifname = NULL;
	char *kept = tool->arguments[1];
	int r = inside_find(tool, tool->arguments[1], &netns, err);

	if (r < 0)
		return r;
	tool->arguments[1] = netns;
	r = target_read(tool, &target, err);
	tool->arguments[1] = kept;
	if (r < 0)
		return r;
	ifname = free_ifname(tool, netns);
	target.container.ifname = ifname;
	r = runtime_add(&tool->runtime, &target.list, &target.container, &added, err);
	if (r == 0)
		text_add_bytes(&tool->out, added.json.s, added.json.len);
	return r;
}

static int fail_unknown(const char *network, const char *name, struct cni_error *err)
{
	int r = cni_fail(err, CNI_ERR_INTERNAL, 0, "%s is not attached to network \"%s\"", name,
			 network);

	cni_error_details(err, "`cnitool ps %s` tells what is", network);
	return r;
}

int verb_disconnect(struct tool *tool, struct cni_error *err)
{
	const char *network = tool->arguments[0];
	cleanup_cache_list struct cache_list cache = { 0 };
	cleanup_list struct network_list list = { 0 };
	cleanup_free char *netns = NULL;
	size_t done = 0;
	int r = load_network(tool->folder, network, &list, err);

	if (r == 0)
		r = inside_find(tool, tool->arguments[1], &netns, err);
	if (r == 0)
		r = cache_list(tool->runtime.cache, network, &cache, err);
	for (size_t i = 0; r == 0 && i < cache.count; i++) {
		const struct cached *cached = &cache.items[i];
		const struct container container = { .id = cached->container_id,
						     .netns = cached_netns(cached),
						     .ifname = cached->ifname,
						     .args = &cached->args,
						     .capabilities = cached->capabilities };

		if (!path_is_same_place(cached_netns(cached), netns) ||
		    (tool->options.ifname && !text_equal(tool->options.ifname, cached->ifname)))
			continue;
		r = runtime_del(&tool->runtime, &list, &container, err);
		done++;
	}
	return r < 0 || done ? r : fail_unknown(network, tool->arguments[1], err);
}
