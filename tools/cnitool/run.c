/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cnitool run: a namespace, an attachment to each network, a command; then all of it in reverse,
 * whatever became of the command. Each step is an object that undoes itself.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/warn.h"
#include "inside.h"
#include "publish.h"
#include "runtime/canon.h"
#include "runtime/load.h"
#include "runtime/namespace.h"
#include "target.h"
#include "types/name.h"

struct attached {
	struct network_list list;
	char *ifname;
	bool is_done;
};

struct stay {
	struct tool *tool;
	struct target target;
	char *path; /* of the namespace, while it is there */
	struct attached *networks;
	size_t count;
};

static struct container container_at(const struct stay *stay, const struct attached *network)
{
	return (struct container){
		.id = stay->target.id,
		.netns = stay->target.netns,
		.ifname = network->ifname,
		.args = &stay->target.args,
		.capabilities = stay->target.capabilities,
	};
}

static void detach(struct stay *stay, struct attached *network)
{
	cleanup_error struct cni_error err = { 0 };
	struct container container = container_at(stay, network);

	if (network->is_done &&
	    runtime_del(&stay->tool->runtime, &network->list, &container, &err) < 0)
		cni_warn("network %s: %s", network->list.name, err.msg);
	network->is_done = false;
}

static void detach_cached(struct stay *stay, const struct cached *cached)
{
	cleanup_error struct cni_error err = { 0 };
	cleanup_list struct network_list list = { 0 };
	const struct container container = { .id = cached->container_id,
					     .netns = cached_netns(cached),
					     .ifname = cached->ifname,
					     .args = &cached->args,
					     .capabilities = cached->capabilities };
	int r = load_network(stay->tool->folder, cached->network, &list, &err)
			?: runtime_del(&stay->tool->runtime, &list, &container, &err);

	if (r < 0)
		cni_warn("network %s: %s", cached->network, err.msg);
}

static bool is_own(const struct stay *stay, const struct cached *cached)
{
	for (size_t i = 0; i < stay->count; i++)
		if (text_equal(stay->networks[i].list.name, cached->network) &&
		    text_equal(stay->networks[i].ifname, cached->ifname))
			return true;
	return false;
}

/* What `cnitool connect` and `add` have attached while the command ran. */
static void detach_others(struct stay *stay)
{
	cleanup_error struct cni_error ignored = { 0 }; /* all that can be read is detached */
	cleanup_cache_list struct cache_list cache = { 0 };

	if (!stay->path)
		return;
	ignore(cache_list(stay->tool->runtime.cache, NULL, &cache, &ignored));
	for (size_t i = 0; i < cache.count; i++)
		if (text_equal(cache.items[i].container_id, stay->target.id) &&
		    !is_own(stay, &cache.items[i]))
			detach_cached(stay, &cache.items[i]);
}

static void stay_end(struct stay *stay)
{
	detach_others(stay);
	for (size_t i = stay->count; i-- > 0;) {
		detach(stay, &stay->networks[i]);
		list_release(&stay->networks[i].list);
		free(stay->networks[i].ifname);
	}
	if (stay->path)
		namespace_remove(stay->path);
	free(stay->path);
	free(stay->networks);
	target_release(&stay->target);
}

/* All networks are read before anything is made. */
static int load_networks(struct stay *stay, const char *names, struct cni_error *err)
{
	cleanup_free char *copy = xstrdup(names);
	char *rest = copy;
	char *name;

	while ((name = strsep(&rest, ","))) {
		struct attached network = { 0 };
		int r = load_network(stay->tool->folder, name, &network.list, err);

		if (r < 0)
			return r;
		network.ifname = stay->count == 0 ? xstrdup(target_ifname(stay->tool))
						  : xasprintf("eth%zu", stay->count);
		stay->networks = xgrow(stay->networks, stay->count, sizeof(network));
		stay->networks[stay->count++] = network;
	}
	return 0;
}

static int make_namespace(struct stay *stay, struct cni_error *err)
{
	const char *name = stay->tool->options.name;
	cleanup_free char *own_name = xasprintf("cnitool-%d", getpid());
	cleanup_free char *path = NULL;
	int r;

	r = name ? name_check_container_id(name, err) : 0;
	if (r < 0)
		return r;
	path = xasprintf(NAMESPACE_FOLDER "/%s", name ? name : own_name);
	r = namespace_create(path, err);
	if (r < 0)
		return r;
	stay->target.netns = xstrdup(path);
	stay->target.id = container_id_of(path);
	stay->path = steal(&path);
	return 0;
}

static int attach_all(struct stay *stay, struct cni_error *err)
{
	for (size_t i = 0; i < stay->count; i++) {
		cleanup_added struct added added = { 0 };
		struct container container = container_at(stay, &stay->networks[i]);
		int r = runtime_add(&stay->tool->runtime, &stay->networks[i].list, &container,
				    &added, err);

		if (r < 0)
			return r;
		stay->networks[i].is_done = true;
	}
	return 0;
}

static bool can_publish(const struct network_list *list)
{
	for (size_t i = 0; i < list->plugin_count; i++)
		if (cJSON_IsTrue(json_get(list->plugins[i].capabilities, "portMappings")))
			return true;
	return false;
}

static int check_publish(const struct stay *stay, struct cni_error *err)
{
	int r;

	for (size_t i = 0; i < stay->count; i++)
		if (can_publish(&stay->networks[i].list))
			return 0;
	r = cni_fail(err, CNI_ERR_CONFIG, 0,
		     "--publish: no plugin of %s has the capability portMappings",
		     stay->tool->arguments[0]);
	cni_error_details(
		err,
		"add {\"type\": \"portmap\", \"capabilities\": {\"portMappings\": true}} to the plugins of the network");
	return r;
}

static int publish(struct stay *stay, struct cni_error *err)
{
	const char *ports = stay->tool->options.publish;
	cleanup_json cJSON *mappings = NULL;
	int r;

	if (!ports)
		return 0;
	r = publish_parse(ports, &mappings, err) ?: check_publish(stay, err);
	if (r < 0)
		return r;
	if (!stay->target.capabilities)
		stay->target.capabilities = cJSON_CreateObject();
	canon_set(stay->target.capabilities, "portMappings", steal(&mappings));
	return 0;
}

/* As CNI_ARGS tells them; other plugins are to ignore what they do not know. */
static int wish(struct stay *stay)
{
	const struct options *options = &stay->tool->options;

	if (options->address)
		container_args_add(&stay->target.args, "IP", options->address);
	if (options->mac)
		container_args_add(&stay->target.args, "MAC", options->mac);
	if (options->address || options->mac)
		container_args_add(&stay->target.args, "IgnoreUnknown", "1");
	return 0;
}

int verb_run(struct tool *tool, struct cni_error *err)
{
	cleanup_with(stay_end) struct stay stay = { .tool = tool };
	int r = load_networks(&stay, tool->arguments[0], err)
			?: target_read_environment(&stay.target, err)
			?: wish(&stay)
			?: publish(&stay, err)
			?: make_namespace(&stay, err)
			?: attach_all(&stay, err);

	if (r < 0)
		return r;
	return inside_run(&(struct inside){ .tool = tool,
					    .netns = stay.path,
					    .name = strrchr(stay.path, '/') + 1,
					    .argv = tool->arguments + 1,
					    .adopts = true },
			  err);
}
