/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What examinations ask of the network and its configuration: whether anybody is behind a mark,
 * what the plugins were told; and how all of an owner's rules are removed.
 */
#include "network.h"

#include "base/alloc.h"
#include "base/foreign.h"
#include "nft/tables.h"
#include "runtime/call.h"
#include "types/version.h"

/* ---- the configuration */

bool list_wants(const struct network_list *list, const char *key)
{
	for (size_t i = 0; i < list->plugin_count; i++)
		if (cJSON_IsTrue(json_get(list->plugins[i].json, key)))
			return true;
	return false;
}

const struct list_plugin *list_find_type(const struct network_list *list, const char *type)
{
	for (size_t i = 0; i < list->plugin_count; i++)
		if (text_equal(list->plugins[i].type, type))
			return &list->plugins[i];
	return NULL;
}

const char *bridge_name(const struct list_plugin *plugin)
{
	const cJSON *name = json_get(plugin->json, "bridge");

	return cJSON_IsString(name) && *name->valuestring ? name->valuestring : "cni0";
}

bool list_has_checks(const struct network_list *list)
{
	cleanup_error struct cni_error ignored = { 0 };
	int order = -1;

	return version_compare(list->version, "0.4.0", &order, &ignored) == 0 && order >= 0 &&
	       !list->disable_check;
}

struct container container_of_cached(const struct cached *cached)
{
	return (struct container){ .id = cached->container_id,
				   .netns = cached_netns(cached),
				   .ifname = cached->ifname,
				   .args = &cached->args,
				   .capabilities = cached->capabilities };
}

char *ip_command(const struct space *space)
{
	cleanup_free char *name = foreign_word(space->name);
	cleanup_free char *path = foreign_word(space->path ? space->path : "");

	if (!space->path)
		return xstrdup("ip");
	if (text_starts_with(space->path, "/run/netns/") ||
	    text_starts_with(space->path, "/var/run/netns/"))
		return xasprintf("ip -n %s", name);
	return xasprintf("nsenter --net=%s ip", path);
}

char *switch_on_command(const struct space *space, const struct link *link, int family)
{
	cleanup_free char *ip = ip_command(space);
	cleanup_free char *name = foreign_word(space->name);
	cleanup_free char *key = xasprintf("net/ipv6/conf/%s/disable_ipv6=0", link->name);
	cleanup_free char *word = foreign_word(key);

	if (family != AF_INET6 || !link->ipv6_is_off)
		return xstrdup("");
	if (!space->path)
		return xasprintf("sysctl -w %s && ", word);
	if (text_starts_with(ip, "ip -n "))
		return xasprintf("ip netns exec %s sysctl -w %s && ", name, word);
	ip[strlen(ip) - strlen("ip")] = '\0';
	return xasprintf("%ssysctl -w %s && ", ip, word);
}

const char *nodad(int family)
{
	return family == AF_INET6 ? " nodad" : "";
}

const cJSON *host_local_of(const struct list_plugin *plugin)
{
	const cJSON *ipam = json_get(plugin->json, "ipam");
	const cJSON *type = json_get(ipam, "type");

	return cJSON_IsString(type) && text_equal(type->valuestring, "host-local") ? ipam : NULL;
}

bool list_wants_gateway(const struct network_list *list)
{
	return list_wants(list, "isGateway") || list_wants(list, "isDefaultGateway");
}

/* ---- owners */

bool network_may_fix(const struct network *network, const struct finding *finding)
{
	return network->may_fix && finding->is_confirmed;
}

/* network/container/interface taken apart. */
struct parts {
	char *copy;
	const char *container_id, *ifname; /* NULL: the text is no owner's */
};

static void parts_release(struct parts *parts)
{
	free(parts->copy);
}

static struct parts parts_of(const char *owner_text)
{
	struct parts parts = { .copy = xstrdup(owner_text) };
	char *id = strchr(parts.copy, '/');
	char *ifname = id ? strchr(id + 1, '/') : NULL;

	if (!ifname)
		return parts;
	*id = *ifname = '\0';
	parts.container_id = id + 1;
	parts.ifname = ifname + 1;
	return parts;
}

bool network_knows_owner(const struct network *network, const char *owner_text)
{
	cleanup_with(parts_release) struct parts parts = parts_of(owner_text);
	const struct picture *picture = network->picture;

	if (parts.ifname && work_has(network->work, parts.container_id))
		return true;
	return picture_find_cached(picture, owner_text) || picture_find_mark(picture, owner_text);
}

const struct space_link *picture_uplink(const struct picture *picture, int family)
{
	const struct space *host = &picture->spaces[0];
	const struct kernel_routes *routes = family == AF_INET6 ? &host->routes6 : &host->routes4;

	for (size_t i = 0; i < routes->count; i++) {
		int found = space_find_index(host, routes->items[i].link);

		if (found >= 0 && prefix_is_default(&routes->items[i].dst))
			return &host->links[found];
	}
	return NULL;
}

static bool is_way_out(const struct space *host, const struct link *link)
{
	for (size_t i = 0; i < host->routes4.count; i++)
		if (host->routes4.items[i].link == link->index &&
		    prefix_is_default(&host->routes4.items[i].dst))
			return true;
	return false;
}

bool network_has_nameless(const struct network *network)
{
	const struct list_plugin *on_switch = list_find_type(network->list, "ovs");
	const struct list_plugin *plugin = on_switch ?: list_find_type(network->list, "bridge");
	const struct space *host = &network->picture->spaces[0];
	int bridge = plugin ? space_find_link(host, bridge_name(plugin)) : -1;

	if (network->picture->has_unseen || (!plugin && !list_find_type(network->list, "ptp")))
		return true;
	/* Without an answer of the switch nobody knows who is on it. */
	if (on_switch && (bridge < 0 || !host->links[bridge].is_switch))
		return true;
	if (plugin && bridge < 0)
		return false;
	for (size_t i = 0; i < host->link_count; i++) {
		const struct space_link *end = &host->links[i];

		if (text_equal(end->link.kind, "veth") && !end->network &&
		    end->link.peer_is_elsewhere && !is_way_out(host, &end->link) &&
		    end->link.master == (plugin ? host->links[bridge].link.index : 0))
			return true;
	}
	return false;
}

static int has_alias(const struct link *link, void *data)
{
	return text_equal(link->alias, data) && link_dies_with_container(link);
}

bool network_owner_has_link(const char *owner_text)
{
	cleanup_netlink struct netlink route = NETLINK_CLOSED;

	return netlink_open(&route, NETLINK_ROUTE) < 0 ||
	       link_each(&route, has_alias, (void *)owner_text) != 0;
}

static bool is_cached_now(const struct network *network, const char *owner_text)
{
	cleanup_with(parts_release) struct parts parts = parts_of(owner_text);
	const struct container container = { .id = parts.container_id, .ifname = parts.ifname };

	return parts.ifname &&
	       cache_has(network->tool->runtime.cache, network->list->name, &container);
}

/*
 * An attachment has its link before its marks, and is in the cache until they are gone. Marks with
 * neither link nor cache are of a dead one.
 */
bool network_owner_is_back(const struct network *network, const char *owner_text)
{
	return network_owner_has_link(owner_text) || is_cached_now(network, owner_text);
}

static int take_mark(const struct link *link, void *data)
{
	if (*link->alias && link_dies_with_container(link))
		roster_add(data, link->alias, 0);
	return 0;
}

/* The first half of network_owner_is_back(), asked for all owners at once. */
static bool had_link_later(struct network *network, const char *owner_text)
{
	cleanup_netlink struct netlink route = NETLINK_CLOSED;

	if (!network->has_later) {
		network->has_later = true;
		network->later_error = netlink_open(&route, NETLINK_ROUTE)
					       ?: link_each(&route, take_mark, &network->later);
		roster_sort(&network->later);
	}
	return network->later_error < 0 || roster_find(&network->later, owner_text) >= 0;
}

bool network_owner_is_dead(struct network *network, const struct marks *marks,
			   const char *owner_text)
{
	if (network_knows_owner(network, owner_text) || network_has_nameless(network))
		return false;
	for (int i = marks_find(marks, owner_text, 0); i >= 0;
	     i = marks_find(marks, owner_text, (size_t)i + 1)) {
		const struct addr *addr = &marks->items[i].address.addr;

		if (addr_is_set(addr) && picture_has_stranger(network->picture, addr))
			return false;
	}
	return !had_link_later(network, owner_text) && !is_cached_now(network, owner_text);
}

/* A table that belongs to a plugin, whose DEL does what has to be done besides. */
static int delete_by_plugin(struct network *network, const char *owner_text, const char *type,
			    struct cni_error *err)
{
	cleanup_with(parts_release) struct parts parts = parts_of(owner_text);
	cleanup_json cJSON *json = cJSON_CreateObject();
	const struct list_plugin plain = { .json = json, .type = type, .name = "" };
	const struct list_plugin *configured = list_find_type(network->list, type);
	const struct container container = { .id = parts.container_id,
					     .netns = "",
					     .ifname = parts.ifname };
	const struct request request = { .list = network->list,
					 .plugin = configured ? configured : &plain,
					 .container_or_null = &container };

	if (!parts.ifname || !json || !cJSON_AddStringToObject(json, "type", type))
		return cni_fail(err, CNI_ERR_FIREWALL, 0, "%s is no owner of ours", owner_text);
	return call_plugin(&network->tool->runtime, "DEL", &request, err);
}

int network_delete_rules(struct network *network, const char *owner_text, struct cni_error *err)
{
	int r = owned_delete(&network->nft, owner_text, attachment_tables, ATTACHMENT_TABLES, err);

	for (size_t i = 0; r == 0 && i < OUR_TABLES; i++) {
		if (our_tables[i].plugin &&
		    marks_find(&network->picture->marks[i], owner_text, 0) >= 0)
			r = delete_by_plugin(network, owner_text, our_tables[i].plugin, err);
	}
	return r;
}
