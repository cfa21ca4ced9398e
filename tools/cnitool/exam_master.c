/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What networks of macvlan, ipvlan and vlan need of the link of the host that they stand on. */
#include <string.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "bearers.h"
#include "exam.h"

/* The master's name; NULL: none that must be on the host. Longer ones are alternative names. */
static const char *master_of(const struct list_plugin *plugin)
{
	static const char *const types[] = { "macvlan", "ipvlan", "vlan" };
	const cJSON *master = json_get(plugin->json, "master");

	if (!cJSON_IsString(master) || !*master->valuestring ||
	    strlen(master->valuestring) >= IFNAMSIZ ||
	    cJSON_IsTrue(json_get(plugin->json, "linkInContainer")))
		return NULL;
	for (size_t i = 0; i < array_size(types); i++)
		if (text_equal(plugin->type, types[i]))
			return master->valuestring;
	return NULL;
}

void exam_masters(struct network *network)
{
	const struct space *host = &network->picture->spaces[0];

	for (size_t i = 0; i < network->list->plugin_count; i++) {
		const char *name = master_of(&network->list->plugins[i]);
		const int at = name ? space_find_link(host, name) : -1;
		cleanup_free char *word = name ? foreign_word(name) : NULL;

		if (!name || (at >= 0 && (host->links[at].link.flags & IFF_UP)))
			continue;
		if (at >= 0)
			(void)findings_add(network->findings, MASTER_DOWN,
					   xasprintf("ip link set dev %s up", word),
					   "master %s is down", name);
		else
			finding_advise(
				findings_add(network->findings, MASTER_MISSING, xstrdup(""),
					     "master %s is missing", name),
				xstrdup("create the interface, or name another in \"master\""));
	}
}

/* The host's own, beside those of the containers: they reach each other. */
static bool is_beside(const struct exam *exam, const struct space_link *link, int lower)
{
	return text_equal(link->link.kind, exam->link->link.kind) &&
	       picture_find_lower(exam->network->picture, 0, link) == lower;
}

/* Where it cannot be reached; NULL: the host has no such address, or can be reached. */
static const struct space_link *find_unreachable(const struct exam *exam, const struct addr *addr,
						 int lower)
{
	const struct picture *picture = exam->network->picture;
	const struct space_link *found = NULL;
	size_t count;
	const struct bearer *bearers = bearers_find(picture, addr, &count);

	for (size_t i = 0; i < count && bearers[i].spot.space == 0; i++) {
		found = picture_at(picture, bearers[i].spot);
		if (is_beside(exam, found, lower))
			return NULL;
	}
	return found;
}

static int complain(const struct exam *exam, const struct kernel_route *route,
		    const struct space_link *of_host, const struct space_link *lower)
{
	const char *kind = exam->link->link.kind;
	cleanup_free char *word = foreign_word(lower->link.name);
	char text[ADDR_TEXT];

	finding_advise(
		findings_add(exam->network->findings, HOST_UNREACHABLE, xstrdup(""),
			     "%s in %s sends by %s, the host's own address on %s",
			     exam->link->link.name, exam->space->name,
			     addr_print(&route->gateway, text), of_host->link.name),
		xasprintf(
			"name the router of that network as gateway, use bridge instead, or move the address to an interface of the host beside the containers': ip link add link %s name %s-host type %s mode %s",
			word, kind, kind, text_equal(kind, "macvlan") ? "bridge" : "l2"));
	return 1;
}

/* What stands on a link reaches everything behind it, but not the host itself. */
int exam_own_host(const struct exam *exam)
{
	const struct picture *picture = exam->network->picture;
	const struct kernel_routes *both[] = { &exam->space->routes4, &exam->space->routes6 };
	const int lower = picture_find_lower(picture, (int)(exam->space - picture->spaces),
					     exam->link);

	if (lower < 0 || text_equal(exam->link->link.kind, "vlan"))
		return 0;
	for (size_t f = 0; f < array_size(both); f++) {
		for (size_t i = 0; i < both[f]->count; i++) {
			const struct kernel_route *route = &both[f]->items[i];
			const struct space_link *of_host =
				route->link == exam->link->link.index &&
						addr_is_set(&route->gateway)
					? find_unreachable(exam, &route->gateway, lower)
					: NULL;

			if (of_host)
				return complain(exam, route, of_host,
						&picture->spaces[0].links[lower]);
		}
	}
	return 0;
}
