/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is left of attachments that are gone: leases, links and rules. */
#include <time.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "bearers.h"
#include "exam.h"
#include "exam_switch.h"
#include "leases.h"
#include "nft/port_guard.h"
#include "types/name.h"

enum { YOUNG_SECONDS = 60 };

static bool is_on_any_link(const struct picture *picture, const struct addr *addr)
{
	size_t count;

	(void)bearers_find(picture, addr, &count); /* how many is enough */
	return count > 0;
}

static struct owner owner_of_lease(const struct network *network, const struct held_lease *lease)
{
	return owner_of(&(struct attachment){ .network = network->list->name,
					      .container_id = lease->container_id,
					      .ifname = lease->ifname });
}

/* Old plugins wrote no interface into their leases. */
static bool is_id_cached(const struct network *network, const struct held_lease *lease)
{
	cleanup_free char *holder = xasprintf("%s/%s", network->list->name, lease->container_id);

	return roster_find(&network->picture->holders, holder) >= 0;
}

/* What no container can be called is a note by which somebody keeps an address. */
bool lease_is_orphaned(const struct network *network, const struct held_lease *lease)
{
	struct owner owner = owner_of_lease(network, lease);

	return name_check_container_id(lease->container_id, NULL) == 0 &&
	       !network_knows_owner(network, owner.text) &&
	       (*lease->ifname || !is_id_cached(network, lease)) &&
	       !is_on_any_link(network->picture, &lease->addr) && !network_has_nameless(network) &&
	       time(NULL) - lease->written > YOUNG_SECONDS;
}

/* DEL by the owner's name, which is all that a DEL needs. */
static void delete_owner(struct network *network, const struct held_lease *lease,
			 struct finding *finding)
{
	const struct container container = { .id = lease->container_id,
					     .netns = "",
					     .ifname = lease->ifname };
	cleanup_error struct cni_error err = { 0 };
	struct owner owner = owner_of_lease(network, lease);

	if (!network_may_fix(network, finding) || !network->has_plugins ||
	    network_owner_is_back(network, owner.text))
		return;
	finding_try(finding, runtime_del(&network->tool->runtime, network->list, &container, &err),
		    &err);
}

static void exam_lease(struct network *network, const struct held_lease *lease)
{
	cleanup_free char *list_word = foreign_word(network->list->name);
	char text[ADDR_TEXT];
	struct finding *finding;

	if (!lease_is_orphaned(network, lease))
		return;
	finding = findings_add(network->findings, LEASE_ORPHANED,
			       xasprintf("cnitool doctor %s --fix", list_word),
			       "%s is leased to %s of container %s", addr_print(&lease->addr, text),
			       lease->ifname, lease->container_id);
	delete_owner(network, lease, finding);
}

static void exam_room(uint64_t room, uint64_t taken, const char *subnet, void *data)
{
	struct network *network = data;

	if (taken >= room)
		finding_advise(
			findings_add(network->findings, RANGE_EXHAUSTED, xstrdup(""),
				     "all %llu addresses of %s are leased",
				     (unsigned long long)room, subnet),
			xasprintf(
				"add a range to the configuration; cnitool doctor %s --fix frees what is dead",
				network->list->name));
}

void exam_leases(struct network *network)
{
	for (size_t i = 0; i < network->list->plugin_count; i++) {
		const cJSON *ipam = host_local_of(&network->list->plugins[i]);
		cleanup_leases struct held_leases leases = { 0 };

		if (!ipam || held_leases_read(ipam, network->list->name, &leases) < 0)
			continue;
		range_sets_each(ipam, &leases, exam_room, network);
		for (size_t j = 0; j < leases.count; j++)
			exam_lease(network, &leases.items[j]);
	}
}

/*
 * An ADD that was killed leaves a pair that was never used: its other end is down and has no
 * address. An attachment made by hand has no cache, and one whose other end we cannot see could
 * be in use.
 */
static bool is_unused(const struct network *network, const struct space_link *link)
{
	const struct space_link *other = picture_at(network->picture, link->peer);

	return other && !(other->link.flags & IFF_UP) && other->addresses.count == 0 &&
	       !list_wants(network->list, "disableContainerInterface");
}

/* One that is a port of a switch leaves it first. */
static char *delete_command(const struct network *network, const struct link *link)
{
	cleanup_free char *word = foreign_word(link->name);
	cleanup_free char *leave = NULL;

	if (!network_has_port(network, link->name))
		return xasprintf("ip link del dev %s", word);
	leave = switch_port_command(network, link->name);
	return xasprintf("%s && ip link del dev %s", leave, word);
}

static void exam_links(struct network *network)
{
	const struct space *host = &network->picture->spaces[0];

	for (size_t i = 0; i < host->link_count; i++) {
		const struct space_link *link = &host->links[i];

		if (!link->network || !text_equal(link->network, network->list->name) ||
		    !text_equal(link->link.kind, "veth") ||
		    !owner_text_is_of_network(link->link.alias, network->list->name) ||
		    picture_find_cached(network->picture, link->link.alias) ||
		    work_has(network->work, link->container_id) || !is_unused(network, link))
			continue;
		network->findings->subject = (uint64_t)link->link.index;
		findings_add(network->findings, LINK_ORPHANED, delete_command(network, &link->link),
			     "%s is marked %s, and its other end was never used", link->link.name,
			     link->link.alias);
	}
	network->findings->subject = 0;
}

static void exam_marks(struct network *network, const struct marks *marks,
		       const struct nft_table *table, bool is_forward)
{
	cleanup_free char *list_word = foreign_word(network->list->name);

	for (size_t i = 0; i < marks->count; i++) {
		const char *owner = marks->items[i].owner;
		cleanup_error struct cni_error err = { 0 };
		struct finding *finding;

		if (!owner_text_is_of_network(owner, network->list->name) ||
		    marks_find(marks, owner, 0) != (int)i ||
		    !network_owner_is_dead(network, marks, owner))
			continue;
		finding = findings_add(network->findings, RULES_ORPHANED,
				       xasprintf("cnitool doctor %s --fix", list_word),
				       is_forward ? "table %s %s or chain CNI-FORWARD has "
						    "something of %s"
						  : "table %s %s has elements of %s",
				       nft_family(table->family), table->name, owner);
		if (network_may_fix(network, finding) && !network_owner_is_back(network, owner))
			finding_try(finding, network_delete_rules(network, owner, &err), &err);
	}
}

/* The checks of a switch's port have a table of their own. */
static int exam_guard(const struct nft_table *table, const char *owner, void *data)
{
	struct network *network = data;

	if (!owner_text_is_of_network(owner, network->list->name) ||
	    !network_owner_is_dead(network, &(struct marks){ 0 }, owner))
		return 0;
	findings_add(network->findings, RULES_ORPHANED,
		     xasprintf("nft delete table netdev %s", table->name),
		     "table netdev %s has the checks of %s", table->name, owner);
	return 0;
}

void exam_orphans(struct network *network)
{
	exam_links(network);
	exam_limits(network);
	exam_switch_leftovers(network);
	if (network->has_nftables && network->ports.socket)
		port_guard_each(&network->nft, exam_guard, network);
	for (size_t i = 0; i < OUR_TABLES; i++)
		exam_marks(network, &network->picture->marks[i], &our_tables[i].table,
			   i == TABLE_FIREWALL);
}
