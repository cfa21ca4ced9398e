/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is left of attachments that are gone: leases, links, rules, and what the reference's
 * plugins left.
 */
#include <time.h>

#include "base/alloc.h"
#include "base/sha512.h"
#include "exam.h"
#include "leases.h"
#include "nft/chains.h"
#include "nft/macspoof.h"
#include "nft/masquerade.h"

enum { YOUNG_SECONDS = 60, CHAIN_DIGITS = 24 };

bool patient_knows_owner(const struct patient *patient, const char *owner_text)
{
	const struct picture *picture = patient->picture;

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

static bool is_on_any_link(const struct picture *picture, const struct addr *addr)
{
	for (size_t i = 0; i < picture->space_count; i++)
		for (size_t j = 0; j < picture->spaces[i].link_count; j++) {
			const struct ifaddrs *addresses = &picture->spaces[i].links[j].addresses;

			for (size_t k = 0; k < addresses->count; k++)
				if (addr_equal(&addresses->items[k].address.addr, addr))
					return true;
		}
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

	return patient->may_fix && patient->has_plugins &&
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

static void exam_links(struct patient *patient)
{
	const struct space *host = &patient->picture->spaces[0];

	for (size_t i = 0; i < host->link_count; i++) {
		const struct space_link *link = &host->links[i];
		bool is_cached = false;

		if (!link->network || !text_equal(link->network, patient->list->name) ||
		    !text_equal(link->link.kind, "veth"))
			continue;
		for (size_t j = 0; j < patient->picture->cache.count; j++) {
			struct owner owner = cached_owner(&patient->picture->cache.items[j]);

			is_cached = is_cached || text_equal(owner.text, link->link.alias);
		}
		if (!is_cached && owner_text_is_of_network(link->link.alias, patient->list->name))
			findings_add(patient->findings, LINK_ORPHANED,
				     xasprintf("ip link del %s", link->link.name),
				     "%s is marked %s", link->link.name, link->link.alias);
	}
}

static bool keep_owner(const char *owner_text, void *data)
{
	return patient_knows_owner(data, owner_text);
}

static bool collect_rules(struct patient *patient)
{
	cleanup_error struct cni_error ignored = { 0 };
	const char *network = patient->list->name;

	return patient->may_fix &&
	       masquerade_collect(&patient->nft, network, keep_owner, patient, &ignored) == 0 &&
	       macspoof_collect(&patient->nft, network, keep_owner, patient, &ignored) == 0;
}

static void exam_marks(struct patient *patient, const struct marks *marks, const char *table)
{
	for (size_t i = 0; i < marks->count; i++) {
		const char *owner = marks->items[i].owner;
		struct finding *finding;

		if (!owner_text_is_of_network(owner, patient->list->name) ||
		    patient_knows_owner(patient, owner))
			continue;
		finding = findings_add(patient->findings, RULES_ORPHANED,
				       xasprintf("cnitool doctor %s --fix", patient->list->name),
				       "table %s has elements of %s", table, owner);
		finding->is_fixed = finding->is_fixed || collect_rules(patient);
	}
}

/* CNI- and the hash of network and container. */
static bool is_known_chain(const struct picture *picture, const char *name)
{
	for (size_t i = 0; i < picture->cache.count; i++) {
		const struct cached *cached = &picture->cache.items[i];
		cleanup_free char *text = xasprintf("%s%s", cached->network, cached->container_id);
		char digits[CHAIN_DIGITS + 1];

		sha512_hex(text, CHAIN_DIGITS, digits);
		if (text_equal(name + strlen("CNI-"), digits))
			return true;
	}
	return false;
}

static int take_chain(const struct nft_chain_view *chain, void *data)
{
	struct patient *patient = data;
	const char *name = chain->name;

	if ((chain->family != NFPROTO_IPV4 && chain->family != NFPROTO_IPV6) ||
	    !text_equal(chain->table, "nat") || !text_starts_with(name, "CNI-") ||
	    strlen(name) != strlen("CNI-") + CHAIN_DIGITS ||
	    strspn(name + strlen("CNI-"), "0123456789abcdef") != CHAIN_DIGITS ||
	    is_known_chain(patient->picture, name))
		return 0;
	findings_add(patient->findings, REFERENCE_RULES,
		     xasprintf("%s -t nat -S POSTROUTING | sed -n '/-j %s$/s/^-A/-D/p', run %s -t "
			       "nat with each line of "
			       "that, then %s -t nat -F %s and -X %s",
			       chain->family == NFPROTO_IPV6 ? "ip6tables" : "iptables", name,
			       chain->family == NFPROTO_IPV6 ? "ip6tables" : "iptables",
			       chain->family == NFPROTO_IPV6 ? "ip6tables" : "iptables", name,
			       name),
		     "chain %s of table %s nat belongs to no attachment that is known", name,
		     chain->family == NFPROTO_IPV6 ? "ip6" : "ip");
	return 0;
}

void exam_orphans(struct patient *patient)
{
	exam_links(patient);
	if (!patient->has_nftables)
		return;
	exam_marks(patient, &patient->picture->masquerade, "inet cni_masquerade");
	exam_marks(patient, &patient->picture->macspoof, "bridge cni_macspoof");
	exam_marks(patient, &patient->picture->ports, "inet cni_portmap");
	ignore(nft_each_chain(&patient->nft, take_chain,
			      patient)); /* what cannot be read is not blamed */
}
