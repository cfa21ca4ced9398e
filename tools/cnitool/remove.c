/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool rm: all of a network that its configuration has made on this host. */
#include <errno.h>
#include <unistd.h>

#include "base/alloc.h"
#include "leases.h"
#include "net/bridge.h"
#include "network.h"
#include "runtime/load.h"
#include "target.h"

/* A bridge that we made or adopted, and that has no port any more. */
static int remove_bridge(const struct list_plugin *plugin, struct cni_error *err)
{
	cleanup_netlink struct netlink route = NETLINK_CLOSED;
	struct link bridge;
	int r = netlink_open(&route, NETLINK_ROUTE);

	if (r == 0)
		r = link_get(&route, bridge_name(plugin), &bridge);
	if (r == -ENODEV)
		return 0;
	if (r == 0 && (!text_equal(bridge.kind, "bridge") || !bridge_is_pinned(&bridge) ||
		       bridge_count_ports(&route, bridge.index) != 0))
		return 0; /* another's, or in use */
	if (r == 0)
		r = link_delete(&route, &bridge);
	return r < 0 ? netlink_fail(&route, err, r, "cannot delete the bridge %s",
				    bridge_name(plugin))
		     : 0;
}

static bool has_attachments(const struct tool *tool, const char *network)
{
	cleanup_cache_list struct cache_list cache = { 0 };
	cleanup_error struct cni_error ignored = { 0 };

	return cache_list(tool->runtime.cache, network, &cache, &ignored) < 0 || cache.count > 0;
}

/* GC removes attachments, with their rules and leases; what is left is the bridge. */
int verb_rm(struct tool *tool, struct cni_error *err)
{
	const struct valid none = { .is_known = true };
	cleanup_list struct network_list list = { 0 };
	const struct list_plugin *plugin;
	int r = load_network(tool->folder, tool->arguments[0], &list, err);

	if (r == 0)
		r = runtime_gc(&tool->runtime, &list, &none, err);
	if (r < 0)
		return r;
	if (has_attachments(tool, list.name))
		return cni_fail(
			err, CNI_ERR_INTERNAL, 0,
			"network \"%s\" still has attachments: its configuration disables GC",
			list.name);
	plugin = list_find_type(&list, "bridge");
	return plugin ? remove_bridge(plugin, err) : 0;
}
