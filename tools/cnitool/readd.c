/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool readd: which cached attachments are meant. */
#include <stdlib.h>

#include "base/alloc.h"
#include "runtime/load.h"
#include "target.h"

static bool is_wanted(const struct tool *tool, const struct cached *cached, const char *netns)
{
	const char *ifname = tool->options.ifname ? tool->options.ifname : getenv("CNI_IFNAME");

	return path_is_same_place(cached_netns(cached), netns) &&
	       (text_is_empty(ifname) || text_equal(ifname, cached->ifname));
}

static int fail_unknown(const char *network, const char *netns, struct cni_error *err)
{
	int r = cni_fail(err, CNI_ERR_INTERNAL, 0,
			 "no attachment of %s to network \"%s\" is cached", netns, network);

	cni_error_details(err, "`cnitool ps %s` tells those that are", network);
	return r;
}

int verb_readd(struct tool *tool, struct cni_error *err)
{
	const char *network = tool->arguments[0];
	cleanup_free char *netns = path_absolute(tool->arguments[1]);
	cleanup_cache_list struct cache_list cache = { 0 };
	size_t done = 0;
	int r = cache_list(tool->runtime.cache, network, &cache, err);

	for (size_t i = 0; r == 0 && i < cache.count; i++) {
		cleanup_list struct network_list list = { 0 };
		cleanup_added struct added added = { 0 };

		if (!is_wanted(tool, &cache.items[i], netns))
			continue;
		r = load_network(tool->folder, network, &list, err);
		if (r == 0)
			r = runtime_readd(&tool->runtime, &list, &cache.items[i], &added, err);
		if (r == 0)
			text_add_bytes(&tool->out, added.json.s, added.json.len);
		done++;
	}
	return r < 0 || done ? r : fail_unknown(network, netns, err);
}
