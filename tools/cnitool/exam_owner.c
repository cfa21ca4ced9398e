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
	for (size_t i = 0; i < picture->spaces[0].link_count; i++)
		if (text_equal(picture->spaces[0].links[i].link.alias, owner_text))
			return true;
	return false;
}

bool link_has_addr(const struct space_link *link, const struct addr *addr)
{
	for (size_t i = 0; i < link->addresses.count; i++)
		if (addr_equal(&link->addresses.items[i].address.addr, addr))
			return true;
	return false;
}

bool patient_has_stranger(const struct patient *patient, const struct addr *addr)
{
	const struct picture *picture = patient->picture;

	for (size_t i = 1; i < picture->space_count; i++)
		for (size_t j = 0; j < picture->spaces[i].link_count; j++) {
			const struct space_link *link = &picture->spaces[i].links[j];

			if (!link->network && link_has_addr(link, addr))
				return true;
		}
	return false;
}

static int has_alias(const struct link *link, void *data)
{
	return text_equal(link->alias, data);
}

/*
 * An attachment has its link before its marks, and is in the cache until they are gone: who sees
 * the marks, and then neither link nor cache, has seen no living one.
 */
static bool is_known_now(const struct patient *patient, const char *owner_text)
{
	cleanup_with(parts_release) struct parts parts = parts_of(owner_text);
	const struct container container = { .id = parts.container_id, .ifname = parts.ifname };
	cleanup_nl struct nl route = NL_CLOSED;

	if (nl_open(&route, NETLINK_ROUTE) < 0 ||
	    link_each(&route, has_alias, (void *)owner_text) != 0)
		return true; /* or nobody can tell */
	return parts.ifname &&
	       cache_has(patient->tool->runtime.cache, patient->list->name, &container);
}

bool patient_owner_is_dead(const struct patient *patient, const struct marks *marks,
			   const char *owner_text)
{
	if (patient_knows_owner(patient, owner_text))
		return false;
	for (size_t i = 0; i < marks->count; i++) {
		const struct addr *addr = &marks->items[i].address.addr;

		if (text_equal(marks->items[i].owner, owner_text) && addr_is_set(addr) &&
		    patient_has_stranger(patient, addr))
			return false;
	}
	return !is_known_now(patient, owner_text);
}

/* The table of ports belongs to the plugin. */
static int delete_ports(struct patient *patient, const char *owner_text)
{
	cleanup_with(parts_release) struct parts parts = parts_of(owner_text);
	cleanup_json cJSON *json = cJSON_Parse("{\"type\": \"portmap\"}");
	const struct list_plugin plain = { .json = json, .type = "portmap", .name = "" };
	const struct list_plugin *configured = list_find_type(patient->list, "portmap");
	const struct container container = { .id = parts.container_id,
					     .netns = "",
					     .ifname = parts.ifname };
	cleanup_error struct cni_error ignored = { 0 };
	const struct request request = { .list = patient->list,
					 .plugin = configured ? configured : &plain,
					 .container_or_null = &container };

	if (marks_find(&patient->picture->ports, owner_text, 0) < 0)
		return 0;
	if (!parts.ifname || !json)
		return -1;
	return call_plugin(&patient->tool->runtime, "DEL", &request, &ignored);
}

bool patient_delete_rules(struct patient *patient, const char *owner_text)
{
	cleanup_error struct cni_error ignored = { 0 };
	struct owner owner;

	if (snprintf(owner.text, sizeof(owner.text), "%s", owner_text) >= (int)sizeof(owner.text))
		return false;
	return masquerade_delete(&patient->nft, &owner, &ignored) == 0 &&
	       macspoof_delete(&patient->nft, &owner, &ignored) == 0 &&
	       ipspoof_delete(&patient->nft, &owner, &ignored) == 0 &&
	       delete_ports(patient, owner_text) == 0;
}
