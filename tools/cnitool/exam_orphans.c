/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is left of attachments that are gone: leases, links and rules. */
#include <time.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "exam.h"
#include "leases.h"
#include "types/name.h"

enum { YOUNG_SECONDS = 60 };

static bool is_on_any_link(const struct picture *picture, const struct addr *addr)
{
	for (size_t i = 0; i < picture->space_count; i++)
		for (size_t j = 0; j < picture->spaces[i].link_count; j++)
			if (link_has_addr(&picture->spaces[i].links[j], addr))
				return true;
	return false;
}

static struct owner owner_of_lease(const struct patient *patient, const struct held_lease *lease)
{
	return owner_of(&(struct attachment){ .network = patient->list->name,
					      .container_id = lease->container_id,
					      .ifname = lease->ifname });
}

/* Old plugins wrote no interface into their leases. */
static bool is_id_cached(const struct patient *patient, const struct held_lease *lease)
{
	for (size_t i = 0; i < patient->picture->cache.count; i++) {
		const struct cached *cached = &patient->picture->cache.items[i];

		if (text_equal(cached->network, patient->list->name) &&
		    text_equal(cached->container_id, lease->container_id))
			return true;
	}
	return false;
}

/*
 * Provably: nobody has the address, nobody knows the attachment, no container of the network is
 * without a name, and no ADD can be under way any more. What no container can be called is a note
 * by which somebody keeps an address.
 */
static bool is_dead(const struct patient *patient, const struct held_lease *lease)
{
	struct owner owner = owner_of_lease(patient, lease);

	return name_check_container_id(lease->container_id, NULL) == 0 &&
	       !patient_knows_owner(patient, owner.text) &&
	       (*lease->ifname || !is_id_cached(patient, lease)) &&
	       !is_on_any_link(patient->picture, &lease->addr) && !patient_has_nameless(patient) &&
	       time(NULL) - lease->written > YOUNG_SECONDS;
}

/* DEL by the owner's name, which is all that a DEL needs. */
static void delete_owner(struct patient *patient, const struct held_lease *lease,
			 struct finding *finding)
{
	const struct container container = { .id = lease->container_id,
					     .netns = "",
					     .ifname = lease->ifname };
	cleanup_error struct cni_error err = { 0 };
	struct owner owner = owner_of_lease(patient, lease);

	if (!patient_may_fix(patient, finding) || !patient->has_plugins ||
	    patient_owner_is_back(patient, owner.text))
		return;
	finding_try(finding, runtime_del(&patient->tool->runtime, patient->list, &container, &err),
		    &err);
}

static void exam_lease(struct patient *patient, const struct held_lease *lease)
{
	cleanup_free char *network = foreign_word(patient->list->name);
	char text[ADDR_TEXT];
	struct finding *finding;

	if (!is_dead(patient, lease))
		return;
	finding = findings_add(patient->findings, LEASE_ORPHANED,
			       xasprintf("cnitool doctor %s --fix", network),
			       "%s is leased to %s of container %s", addr_print(&lease->addr, text),
			       lease->ifname, lease->container_id);
	delete_owner(patient, lease, finding);
}

static void exam_room(uint64_t room, uint64_t taken, const char *subnet, void *data)
{
	struct patient *patient = data;

	if (taken >= room)
		finding_advise(findings_add(patient->findings, RANGE_EXHAUSTED, xstrdup(""),
					    "all %llu addresses of %s are leased",
					    (unsigned long long)room, subnet),
			       xasprintf("add a range to the configuration; cnitool doctor %s "
					 "--fix frees what is dead",
					 patient->list->name));
}

void exam_leases(struct patient *patient)
{
	for (size_t i = 0; i < patient->list->plugin_count; i++) {
		const cJSON *ipam = json_get(patient->list->plugins[i].json, "ipam");
		const cJSON *type = json_get(ipam, "type");
		cleanup_leases struct held_leases leases = { 0 };

		if (!cJSON_IsString(type) || !text_equal(type->valuestring, "host-local") ||
		    held_leases_read(ipam, patient->list->name, &leases) < 0)
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

/*
 * An ADD that was killed leaves a pair that was never used: its other end is down and has no
 * address. Whoever attaches by hand has no cache, and whose other end we cannot see could be using
 * it.
 */
static bool is_unused(const struct patient *patient, const struct space_link *link)
{
	const struct space_link *other = picture_at(patient->picture, link->peer);

	return other && !(other->link.flags & IFF_UP) && other->addresses.count == 0 &&
	       !list_wants(patient->list, "disableContainerInterface");
}

static void exam_links(struct patient *patient)
{
	const struct space *host = &patient->picture->spaces[0];

	for (size_t i = 0; i < host->link_count; i++) {
		const struct space_link *link = &host->links[i];
		cleanup_free char *name = foreign_word(link->link.name);

		if (!link->network || !text_equal(link->network, patient->list->name) ||
		    !text_equal(link->link.kind, "veth") ||
		    !owner_text_is_of_network(link->link.alias, patient->list->name) ||
		    is_cached(patient->picture, link->link.alias) ||
		    work_has(patient->work, link->container_id) || !is_unused(patient, link))
			continue;
		patient->findings->subject = (uint64_t)link->link.index;
		findings_add(patient->findings, LINK_ORPHANED,
			     xasprintf("ip link del dev %s", name),
			     "%s is marked %s, and its other end was never used", link->link.name,
			     link->link.alias);
	}
	patient->findings->subject = 0;
}

static void exam_marks(struct patient *patient, const struct marks *marks, const char *table)
{
	cleanup_free char *network = foreign_word(patient->list->name);

	for (size_t i = 0; i < marks->count; i++) {
		const char *owner = marks->items[i].owner;
		cleanup_error struct cni_error err = { 0 };
		struct finding *finding;

		if (!owner_text_is_of_network(owner, patient->list->name) ||
		    marks_find(marks, owner, 0) != (int)i ||
		    !patient_owner_is_dead(patient, marks, owner))
			continue;
		finding = findings_add(patient->findings, RULES_ORPHANED,
				       xasprintf("cnitool doctor %s --fix", network),
				       "table %s has elements of %s", table, owner);
		if (patient_may_fix(patient, finding))
			finding_try(finding, patient_delete_rules(patient, owner, &err), &err);
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
