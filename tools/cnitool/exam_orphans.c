/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is left of attachments that are gone: leases, links and rules. */
#include <time.h>

#include "base/alloc.h"
#include "exam.h"
#include "leases.h"

enum { YOUNG_SECONDS = 60 };

static bool is_on_any_link(const struct picture *picture, const struct addr *addr)
{
	for (size_t i = 0; i < picture->space_count; i++)
		for (size_t j = 0; j < picture->spaces[i].link_count; j++)
			if (link_has_addr(&picture->spaces[i].links[j], addr))
				return true;
	return false;
}

/*
 * Provably: nobody has the address, nobody knows the attachment, and no ADD can be under way any
 * more.
 */
static bool is_dead(const struct patient *patient, const struct lease_file *lease)
{
	struct owner owner = owner_of(&(struct attachment){ .network = patient->list->name,
							    .container_id = lease->container_id,
							    .ifname = lease->ifname });

	return !patient_knows_owner(patient, owner.text) &&
	       !is_on_any_link(patient->picture, &lease->addr) &&
	       time(NULL) - lease->written > YOUNG_SECONDS;
}

/* DEL by the owner's name, which is all that a DEL needs. */
static bool delete_owner(struct patient *patient, const struct lease_file *lease)
{
	const struct container container = { .id = lease->container_id,
					     .netns = "",
					     .ifname = lease->ifname };
	cleanup_error struct cni_error ignored = { 0 };

	return patient->has_plugins &&
	       runtime_del(&patient->tool->runtime, patient->list, &container, &ignored) == 0;
}

static void exam_lease(struct patient *patient, const struct lease_file *lease)
{
	char text[ADDR_TEXT];
	struct finding *finding;

	if (!is_dead(patient, lease))
		return;
	finding = findings_add(patient->findings, LEASE_ORPHANED,
			       xasprintf("cnitool doctor %s --fix", patient->list->name),
			       "%s is leased to %s of container %s", addr_print(&lease->addr, text),
			       lease->ifname, lease->container_id);
	if (patient_may_fix(patient, finding))
		finding->is_fixed = delete_owner(patient, lease);
}

static void exam_room(uint64_t room, uint64_t taken, const char *subnet, void *data)
{
	struct patient *patient = data;

	if (taken >= room)
		findings_add(patient->findings, RANGE_EXHAUSTED,
			     xasprintf("add a range to the configuration; cnitool doctor %s --fix "
				       "frees what is dead",
				       patient->list->name),
			     "all %llu addresses of %s are leased", (unsigned long long)room,
			     subnet);
}

void exam_leases(struct patient *patient)
{
	for (size_t i = 0; i < patient->list->plugin_count; i++) {
		const cJSON *ipam = json_get(patient->list->plugins[i].json, "ipam");
		const cJSON *type = json_get(ipam, "type");
		cleanup_leases struct lease_files leases = { 0 };

		if (!cJSON_IsString(type) || !text_equal(type->valuestring, "host-local") ||
		    lease_files_read(ipam, patient->list->name, &leases) < 0)
			continue;
		range_sets_each(ipam, &leases, exam_room, patient);
		for (size_t j = 0; j < leases.count; j++)
			exam_lease(patient, &leases.items[j]);
	}
}

static bool is_cached(const struct picture *picture, const char *owner_text)
{
	for (size_t i = 0; i < picture->cache.count; i++) {
		struct owner owner = cached_owner(&picture->cache.items[i]);

		if (text_equal(owner.text, owner_text))
			return true;
	}
	return false;
}

static void exam_links(struct patient *patient)
{
	const struct space *host = &patient->picture->spaces[0];

	for (size_t i = 0; i < host->link_count; i++) {
		const struct space_link *link = &host->links[i];

		if (!link->network || !text_equal(link->network, patient->list->name) ||
		    !text_equal(link->link.kind, "veth") ||
		    !owner_text_is_of_network(link->link.alias, patient->list->name) ||
		    is_cached(patient->picture, link->link.alias) ||
		    work_has(patient->work, link->container_id))
			continue;
		patient->findings->subject = (uint64_t)link->link.index;
		findings_add(patient->findings, LINK_ORPHANED,
			     xasprintf("ip link del %s", link->link.name), "%s is marked %s",
			     link->link.name, link->link.alias);
	}
	patient->findings->subject = 0;
}

static void exam_marks(struct patient *patient, const struct marks *marks, const char *table)
{
	for (size_t i = 0; i < marks->count; i++) {
		const char *owner = marks->items[i].owner;
		struct finding *finding;

		if (!owner_text_is_of_network(owner, patient->list->name) ||
		    marks_find(marks, owner, 0) != (int)i ||
		    !patient_owner_is_dead(patient, marks, owner))
			continue;
		finding = findings_add(patient->findings, RULES_ORPHANED,
				       xasprintf("cnitool doctor %s --fix", patient->list->name),
				       "table %s has elements of %s", table, owner);
		if (patient_may_fix(patient, finding))
			finding->is_fixed = patient_delete_rules(patient, owner);
	}
}

void exam_orphans(struct patient *patient)
{
	exam_links(patient);
	exam_marks(patient, &patient->picture->masquerade, "inet cni_masquerade");
	exam_marks(patient, &patient->picture->macspoof, "bridge cni_macspoof");
	exam_marks(patient, &patient->picture->ipspoof, "bridge cni_ipspoof");
	exam_marks(patient, &patient->picture->ports, "inet cni_portmap");
}
