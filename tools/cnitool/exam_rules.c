/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an attachment should have in nftables: masquerade, checks of its MAC and addresses, ports.
 */
#include "base/alloc.h"
#include "exam.h"
#include "nft/ipspoof.h"
#include "nft/macspoof.h"
#include "nft/masquerade.h"
#include "nft/reference.h"
#include "runtime/call.h"

static struct attachment attachment_of(const struct exam *exam)
{
	return (struct attachment){ .network = exam->cached->network,
				    .container_id = exam->cached->container_id,
				    .ifname = exam->cached->ifname };
}

static struct finding *complain(const struct exam *exam, enum sickness sickness, const char *what,
				const char *why)
{
	return findings_add(exam->patient->findings, sickness,
			    xasprintf("cnitool doctor %s --fix", exam->patient->list->name),
			    "%s of %s in %s: %s", what, exam->link->link.name, exam->space->name,
			    why);
}

/* Those of the result; the caller frees them. */
static struct prefix *addresses_of(const struct exam *exam)
{
	struct prefix *addresses = xcalloc(exam->result->ip_count + 1, sizeof(*addresses));

	for (size_t i = 0; i < exam->result->ip_count; i++)
		addresses[i] = exam->result->ips[i].address;
	return addresses;
}

static int exam_masquerade(const struct exam *exam)
{
	cleanup_free struct prefix *addresses = addresses_of(exam);
	cleanup_error struct cni_error err = { 0 };
	struct attachment attachment = attachment_of(exam);
	struct nl *nft = &exam->patient->nft;
	bool is_reference = false;
	struct finding *finding;

	if (exam->result->ip_count == 0 ||
	    masquerade_check(nft, &exam->owner, addresses, exam->result->ip_count, &err) == 0)
		return 0;
	if (reference_has_masquerade(nft, &attachment, &is_reference) == 0 && is_reference)
		return 0;
	finding = complain(exam, MASQUERADE_MISSING, "masquerade (NAT)", err.msg);
	cni_error_release(&err);
	if (patient_may_fix(exam->patient, finding))
		finding->is_fixed = masquerade_add(nft, &exam->owner, addresses,
						   exam->result->ip_count, &err) == 0;
	return 1;
}

static int exam_macspoof(const struct exam *exam)
{
	cleanup_error struct cni_error err = { 0 };
	struct attachment attachment = attachment_of(exam);
	struct nl *nft = &exam->patient->nft;
	bool is_reference = false;
	struct finding *finding;

	if (!exam->port || macspoof_check(nft, &exam->owner, exam->port->link.name,
					  exam->link->link.mac, &err) == 0)
		return 0;
	if (reference_has_macspoof(nft, &attachment, &is_reference) == 0 && is_reference)
		return 0;
	finding = complain(exam, MACSPOOF_MISSING, "the check of the MAC", err.msg);
	cni_error_release(&err);
	if (patient_may_fix(exam->patient, finding))
		finding->is_fixed = macspoof_add(nft, &exam->owner, exam->port->link.name,
						 exam->link->link.mac, &err) == 0;
	return 1;
}

static int exam_ipspoof(const struct exam *exam)
{
	cleanup_free struct prefix *addresses = addresses_of(exam);
	cleanup_error struct cni_error err = { 0 };
	struct nl *nft = &exam->patient->nft;
	struct ipspoof spec = { .mac = exam->link->link.mac,
				.addresses = addresses,
				.count = exam->result->ip_count };
	struct finding *finding;

	if (!exam->port)
		return 0;
	spec.port = exam->port->link.name;
	if (ipspoof_check(nft, &exam->owner, &spec, &err) == 0)
		return 0;
	finding = complain(exam, IPSPOOF_MISSING, "the check of the addresses", err.msg);
	cni_error_release(&err);
	if (patient_may_fix(exam->patient, finding))
		finding->is_fixed = ipspoof_add(nft, &exam->owner, &spec, &err) == 0;
	return 1;
}

/*
 * The plugin itself knows best, be it ours or the reference's: its CHECK finds out, its ADD puts
 * back.
 */
static int exam_ports(const struct exam *exam, const struct list_plugin *plugin)
{
	const struct runtime *runtime = &exam->patient->tool->runtime;
	const struct container container = { .id = exam->cached->container_id,
					     .netns = exam->cached->netns,
					     .ifname = exam->cached->ifname,
					     .args = &exam->cached->args,
					     .capabilities = exam->cached->capabilities };
	cleanup_error struct cni_error err = { 0 };
	cleanup_added struct added added = { 0 };
	cleanup_text struct text previous = { 0 };
	struct request request = { .list = exam->list,
				   .plugin = plugin,
				   .container_or_null = &container };
	struct finding *finding;

	if (!exam->patient->has_plugins || !has_checks(exam->list) ||
	    result_print(exam->result, exam->list->version, &previous, &err) < 0)
		return 0;
	request.previous_or_null = previous.s;
	if (call_plugin(runtime, "CHECK", &request, &err) == 0)
		return 0;
	finding = complain(exam, PORTS_MISSING, "published ports", err.msg);
	cni_error_release(&err);
	if (patient_may_fix(exam->patient, finding))
		finding->is_fixed = call_add(runtime, &request, &added, &err) == 0;
	return 1;
}

int exam_rules(const struct exam *exam)
{
	const struct list_plugin *portmap = list_find_type(exam->list, "portmap");
	const cJSON *ports = json_get(exam->cached->capabilities, "portMappings");
	int found = 0;

	if (!exam->patient->has_nftables)
		return 0;
	if (list_wants(exam->list, "ipMasq"))
		found |= exam_masquerade(exam);
	if (list_wants(exam->list, "macspoofchk"))
		found |= exam_macspoof(exam);
	if (list_wants(exam->list, "ipspoofchk"))
		found |= exam_ipspoof(exam);
	if (portmap && ports && ports->child)
		found |= exam_ports(exam, portmap);
	return found;
}
