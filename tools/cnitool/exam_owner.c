/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether anybody is behind a mark, and how all of an owner's rules are removed. */
#include <stdio.h>

#include "base/alloc.h"
#include "exam.h"
#include "nft/ipspoof.h"
#include "nft/macspoof.h"
#include "nft/masquerade.h"
#include "runtime/call.h"

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

bool patient_knows_owner(const struct patient *patient, const char *owner_text)
{
	cleanup_with(parts_release) struct parts parts = parts_of(owner_text);
	const struct picture *picture = patient->picture;

	if (parts.ifname && work_has(patient->work, parts.container_id))
		return true;
	for (size_t i = 0; i < picture->cache.count; i++) {
		struct owner owner = cached_owner(&picture->cache.items[i]);

		if (text_equal(owner.text, owner_text))
			return true;
	}
	return picture_find_mark(picture, owner_text);
}

static bool is_way_out(const struct space *host, const struct link *link)
{
	for (size_t i = 0; i < host->routes4.count; i++)
		if (host->routes4.items[i].link == link->index &&
		    prefix_is_default(&host->routes4.items[i].dst))
			return true;
	return false;
}

bool patient_has_nameless(const struct patient *patient)
{
	const struct list_plugin *plugin = list_find_type(patient->list, "bridge");
	const struct space *host = &patient->picture->spaces[0];
	int bridge = plugin ? space_find_link(host, bridge_name(plugin)) : -1;

	if (patient->picture->has_unseen || (!plugin && !list_find_type(patient->list, "ptp")))
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
	return text_equal(link->alias, data);
}

bool patient_owner_has_link(const char *owner_text)
{
	cleanup_netlink struct netlink route = NETLINK_CLOSED;

	return netlink_open(&route, NETLINK_ROUTE) < 0 ||
	       link_each(&route, has_alias, (void *)owner_text) != 0;
}

/*
 * An attachment has its link before its marks, and is in the cache until they are gone: who sees
 * the marks, and then neither link nor cache, has seen no living one.
 */
bool patient_owner_is_back(const struct patient *patient, const char *owner_text)
{
	cleanup_with(parts_release) struct parts parts = parts_of(owner_text);
	const struct container container = { .id = parts.container_id, .ifname = parts.ifname };

	return patient_owner_has_link(owner_text) ||
	       (parts.ifname &&
		cache_has(patient->tool->runtime.cache, patient->list->name, &container));
}

bool patient_owner_is_dead(const struct patient *patient, const struct marks *marks,
			   const char *owner_text)
{
	if (patient_knows_owner(patient, owner_text) || patient_has_nameless(patient))
		return false;
	for (size_t i = 0; i < marks->count; i++) {
		const struct addr *addr = &marks->items[i].address.addr;

		if (text_equal(marks->items[i].owner, owner_text) && addr_is_set(addr) &&
		    picture_has_stranger(patient->picture, addr))
			return false;
	}
	return !patient_owner_is_back(patient, owner_text);
}

/* The table of ports belongs to the plugin. */
static int delete_ports(struct patient *patient, const char *owner_text, struct cni_error *err)
{
	cleanup_with(parts_release) struct parts parts = parts_of(owner_text);
	cleanup_json cJSON *json = cJSON_Parse("{\"type\": \"portmap\"}");
	const struct list_plugin plain = { .json = json, .type = "portmap", .name = "" };
	const struct list_plugin *configured = list_find_type(patient->list, "portmap");
	const struct container container = { .id = parts.container_id,
					     .netns = "",
					     .ifname = parts.ifname };
	const struct request request = { .list = patient->list,
					 .plugin = configured ? configured : &plain,
					 .container_or_null = &container };

	if (marks_find(&patient->picture->ports, owner_text, 0) < 0)
		return 0;
	if (!parts.ifname || !json)
		return cni_fail(err, CNI_ERR_FIREWALL, 0, "%s is no owner of ours", owner_text);
	return call_plugin(&patient->tool->runtime, "DEL", &request, err);
}

int patient_delete_rules(struct patient *patient, const char *owner_text, struct cni_error *err)
{
	struct owner owner;
	int r;

	if (snprintf(owner.text, sizeof(owner.text), "%s", owner_text) >= (int)sizeof(owner.text))
		return cni_fail(err, CNI_ERR_FIREWALL, 0, "%s is no owner of ours", owner_text);
	r = masquerade_delete(&patient->nft, &owner, err);
	if (r == 0)
		r = macspoof_delete(&patient->nft, &owner, err);
	if (r == 0)
		r = ipspoof_delete(&patient->nft, &owner, err);
	return r == 0 ? delete_ports(patient, owner_text, err) : r;
}
