/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an attachment should have in nftables: masquerade, checks of its MAC and addresses, ports.
 */
#include "base/alloc.h"
#include "base/foreign.h"
#include "exam.h"
#include "nft/ipspoof.h"
#include "nft/macspoof.h"
#include "nft/masquerade.h"
#include "nft/port_guard.h"
#include "nft/reference.h"
#include "runtime/call.h"

static struct attachment attachment_of(const struct exam *exam)
{
	return (struct attachment){ .network = exam->cached->network,
				    .container_id = exam->cached->container_id,
				    .ifname = exam->cached->ifname };
}

static struct finding *complain(const struct exam *exam, enum fault fault, const char *what,
				const char *why)
{
	cleanup_free char *list_word = foreign_word(exam->network->list->name);

	return findings_add(exam->network->findings, fault,
			    xasprintf("cnitool doctor %s --fix", list_word), "%s of %s in %s: %s",
			    what, exam->link->link.name, exam->space->name, why);
}

/* Those of the result; the caller frees them. */
static struct prefix *addresses_of(const struct exam *exam)
{
	struct prefix *addresses = xcalloc(exam->result->ip_count + 1, sizeof(*addresses));

	for (size_t i = 0; i < exam->result->ip_count; i++)
		addresses[i] = exam->result->ips[i].address;
	return addresses;
}

/*
 * The MAC that ADD gave it. What the interface has now is the container's choice, and a check made
 * for that would let it speak in another's name.
 */
static bool find_mac(const struct exam *exam, uint8_t ret[MAC_SIZE])
{
	for (size_t i = 0; i < exam->result->interface_count; i++) {
		const struct result_interface *interface = &exam->result->interfaces[i];

		if (!text_is_empty(interface->sandbox) && interface->mac &&
		    text_equal(interface->name, exam->cached->ifname))
			return mac_parse(interface->mac, ret) == 0;
	}
	return false;
}

/* Checks are put on no port but the one with the attachment's mark. */
static bool may_fix_port(const struct exam *exam, const struct finding *finding)
{
	return network_may_fix(exam->network, finding) &&
	       text_equal(exam->port->link.alias, exam->owner.text);
}

/* A table and what the attachment should have in it; by_reference: did the reference do it? */
struct expected {
	struct owned_wish wish;
	enum fault fault;
	const char *what;
	int (*by_reference)(struct netlink *nft, const struct attachment *attachment, bool *ret);
	bool is_about_port;
};

/* All is there that packets meet; only the note of whose it is has gone. */
static bool lacks_only_index(const struct exam *exam, const struct owned_wish *wish)
{
	struct owned_finding found;

	return owned_inspect(&exam->network->nft, exam->owner.text, wish, &found) == 0 &&
	       found.state == OWNED_NO_INDEX;
}

/* 1 when something is missing. */
static int exam_table(const struct exam *exam, const struct expected *expected)
{
	struct attachment attachment = attachment_of(exam);
	cleanup_error struct cni_error err = { 0 };
	struct netlink *nft = &exam->network->nft;
	bool is_reference = false;
	struct finding *finding;

	if (owned_check(nft, exam->owner.text, &expected->wish, &err) == 0)
		return 0;
	if (expected->by_reference &&
	    expected->by_reference(nft, &attachment, &is_reference) == 0 && is_reference)
		return 0;
	if (lacks_only_index(exam, &expected->wish))
		finding = complain(exam, OWNERS_MISSING, expected->what,
				   "nobody is noted as the owner");
	else
		finding = complain(exam, expected->fault, expected->what, err.msg);
	cni_error_release(&err);
	if (expected->is_about_port ? may_fix_port(exam, finding)
				    : network_may_fix(exam->network, finding))
		finding_try(finding, owned_set(nft, exam->owner.text, &expected->wish, 1, &err),
			    &err);
	return 1;
}

static int exam_masquerade(const struct exam *exam)
{
	cleanup_entries struct owned_entries entries = { 0 };

	for (size_t i = 0; i < exam->result->ip_count; i++) {
		const struct owned_entry entry = masquerade_entry(&exam->result->ips[i].address);

		owned_entries_add(&entries, &entry);
	}
	return exam_table(exam, &(struct expected){
					.wish = { .table = &masquerade_table, .entries = entries },
					.fault = MASQUERADE_MISSING,
					.what = "masquerade (NAT)",
					.by_reference = reference_has_masquerade,
				});
}

static int exam_macspoof(const struct exam *exam)
{
	struct owned_entry entry;
	uint8_t mac[MAC_SIZE];

	if (!exam->port || !find_mac(exam, mac))
		return 0;
	entry = macspoof_entry(exam->port->link.name, mac);
	return exam_table(exam,
			  &(struct expected){
				  .wish = { .table = &macspoof_table, .entries = { &entry, 1 } },
				  .fault = MACSPOOF_MISSING,
				  .what = "the check of the MAC",
				  .by_reference = reference_has_macspoof,
				  .is_about_port = true,
			  });
}

static int exam_ipspoof(const struct exam *exam)
{
	cleanup_free struct prefix *addresses = addresses_of(exam);
	cleanup_entries struct owned_entries entries = { 0 };
	uint8_t mac[MAC_SIZE];
	struct ipspoof spec = { .mac = mac,
				.addresses = addresses,
				.count = exam->result->ip_count };

	if (!exam->port || !find_mac(exam, mac))
		return 0;
	spec.port = exam->port->link.name;
	ipspoof_add_entries(&spec, &entries);
	return exam_table(exam, &(struct expected){
					.wish = { .table = &ipspoof_table, .entries = entries },
					.fault = IPSPOOF_MISSING,
					.what = "the check of the addresses",
					.is_about_port = true,
				});
}

/* A port of a switch has both checks in a table of its own. */
static int exam_guard(const struct exam *exam)
{
	cleanup_free struct prefix *addresses = addresses_of(exam);
	cleanup_error struct cni_error err = { 0 };
	struct netlink *nft = &exam->network->nft;
	uint8_t mac[MAC_SIZE];
	struct port_guard guard = {
		.port = { .mac = mac, .addresses = addresses, .count = exam->result->ip_count },
		.mac = list_wants(exam->list, "macspoofchk"),
		.ip = list_wants(exam->list, "ipspoofchk"),
	};
	struct finding *finding;

	if ((!guard.mac && !guard.ip) || !exam->port || !find_mac(exam, mac))
		return 0;
	guard.port.port = exam->port->link.name;
	if (port_guard_check(nft, exam->owner.text, &guard, &err) == 0)
		return 0;
	finding = guard.ip ? complain(exam, IPSPOOF_MISSING, "the check of the addresses", err.msg)
			   : complain(exam, MACSPOOF_MISSING, "the check of the MAC", err.msg);
	cni_error_release(&err);
	if (may_fix_port(exam, finding))
		finding_try(finding, port_guard_set(nft, exam->owner.text, &guard, &err), &err);
	return 1;
}

static int exam_checks(const struct exam *exam)
{
	int found = 0;

	if (list_find_type(exam->list, "ovs"))
		return exam_guard(exam);
	if (list_wants(exam->list, "macspoofchk"))
		found |= exam_macspoof(exam);
	if (list_wants(exam->list, "ipspoofchk"))
		found |= exam_ipspoof(exam);
	return found;
}

/*
 * The plugin itself knows best, be it ours or the reference's: its CHECK finds out, its ADD puts
 * back.
 */
static int exam_ports(const struct exam *exam, const struct list_plugin *plugin)
{
	const struct runtime *runtime = &exam->network->tool->runtime;
	const struct container container = container_of_cached(exam->cached);
	cleanup_error struct cni_error err = { 0 };
	cleanup_added struct added added = { 0 };
	cleanup_text struct text previous = { 0 };
	struct request request = { .list = exam->list,
				   .plugin = plugin,
				   .container_or_null = &container };
	struct finding *finding;

	if (!exam->network->has_plugins || exam->network->tool->is_brief ||
	    !list_has_checks(exam->list) ||
	    result_print(exam->result, exam->list->version, &previous, &err) < 0)
		return 0;
	request.previous_or_null = previous.s;
	if (call_plugin(runtime, "CHECK", &request, &err) == 0)
		return 0;
	finding = complain(exam, PORTS_MISSING, "published ports", err.msg);
	cni_error_release(&err);
	if (network_may_fix(exam->network, finding))
		finding_try(finding, call_add(runtime, &request, &added, &err), &err);
	return 1;
}

int exam_rules(const struct exam *exam)
{
	const struct list_plugin *portmap = list_find_type(exam->list, "portmap");
	const cJSON *ports = json_get(exam->cached->capabilities, "portMappings");
	int found = 0;

	if (!exam->network->has_nftables)
		return 0;
	if (list_wants(exam->list, "ipMasq"))
		found |= exam_masquerade(exam);
	found |= exam_checks(exam);
	if (portmap && ports && ports->child)
		found |= exam_ports(exam, portmap);
	return found;
}
