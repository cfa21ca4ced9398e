/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool doctor: the order of the examinations, and which of them a finding makes pointless. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "exam.h"
#include "runtime/load.h"
#include "target.h"
#include "types/version.h"

bool has_checks(const struct network_list *list)
{
	cleanup_error struct cni_error ignored = { 0 };
	int order = -1;

	return version_compare(list->version, "0.4.0", &order, &ignored) == 0 && order >= 0 &&
	       !list->disable_check;
}

static struct container container_of_cached(const struct cached *cached)
{
	return (struct container){ .id = cached->container_id,
				   .netns = cached->netns,
				   .ifname = cached->ifname,
				   .args = &cached->args,
				   .capabilities = cached->capabilities };
}

/* Nothing else explains it: what do the plugins say? */
static int exam_check(const struct exam *exam)
{
	cleanup_error struct cni_error err = { 0 };
	struct container container = container_of_cached(exam->cached);

	if (!exam->patient->has_plugins || exam->patient->is_host_sick || !has_checks(exam->list))
		return 0;
	if (runtime_check(&exam->patient->tool->runtime, exam->list, &container, &err) == 0)
		return 0;
	findings_add(exam->patient->findings, CHECK_FAILED,
		     xstrdup(err.details ? err.details
					 : "detach the container and attach it again"),
		     "%s in %s: %s", exam->link->link.name, exam->space->name, err.msg);
	return 1;
}

static void exam_parts(const struct exam *exam)
{
	/* Each takes what the one before has found for granted. */
	static int (*const chain[])(const struct exam *exam) = { exam_interface, exam_bridge,
								 exam_addresses, exam_routes,
								 exam_rules };
	int found = exam_loopback(exam) | exam_mtu(exam);

	for (size_t i = 0; i < array_size(chain); i++)
		if (chain[i](exam))
			return;
	if (!found)
		(void)exam_check(exam);
}

static void exam_absent(struct patient *patient, const struct cached *cached)
{
	struct container container = container_of_cached(cached);
	cleanup_error struct cni_error ignored = { 0 };
	bool is_gone = picture_find_space(patient->picture, cached->netns) < 0;
	struct finding *finding;

	if (!is_gone && !cached_has_interface(cached))
		return;
	if (!is_gone) {
		findings_add(patient->findings, INTERFACE_MISSING,
			     xasprintf("cnitool del %s %s && cnitool add %s %s", cached->network,
				       cached->netns, cached->network, cached->netns),
			     "%s has no interface %s", cached->netns, cached->ifname);
		return;
	}
	finding = findings_add(patient->findings, ATTACHMENT_DEAD,
			       xasprintf("cnitool doctor %s --fix", cached->network),
			       "%s of container %s: the namespace %s is gone", cached->ifname,
			       cached->container_id, *cached->netns ? cached->netns : "(unknown)");
	if (patient_may_fix(patient, finding) && patient->has_plugins)
		finding->is_fixed = runtime_del(&patient->tool->runtime, patient->list, &container,
						&ignored) == 0;
}

static void exam_attachment(struct patient *patient, const struct cached *cached)
{
	cleanup_result struct result result = { 0 };
	cleanup_error struct cni_error ignored = { 0 };
	struct spot spot = picture_find_attachment(patient->picture, cached);
	struct exam exam = { .patient = patient,
			     .cached = cached,
			     .result = &result,
			     .owner = cached_owner(cached) };

	if (spot.space < 0) {
		exam_absent(patient, cached);
		return;
	}
	if (cached->result && cached_result(cached, &result, &ignored) < 0)
		return;
	/*
	 * Drop-ins are in no cache, so the list on disk is the better one where the two have the
	 * same name.
	 */
	exam.list = patient->list;
	exam.space = &patient->picture->spaces[spot.space];
	exam.link = picture_at(patient->picture, spot);
	if (exam.link->peer.space == 0)
		exam.port = picture_at(patient->picture, exam.link->peer);
	if (exam.port) {
		const struct space *host = &patient->picture->spaces[0];
		int bridge = space_find_index(host, exam.port->link.master);

		exam.bridge = bridge < 0 ? NULL : &host->links[bridge];
	}
	exam_parts(&exam);
}

/* Which families the attachments have. */
static void find_families(const struct cached *cached, bool *has_ipv4, bool *has_ipv6)
{
	cleanup_result struct result result = { 0 };
	cleanup_error struct cni_error ignored = { 0 };

	if (!cached->result || cached_result(cached, &result, &ignored) < 0)
		return;
	for (size_t i = 0; i < result.ip_count; i++)
		*(result.ips[i].address.addr.family == AF_INET6 ? has_ipv6 : has_ipv4) = true;
}

static void exam_status(struct patient *patient)
{
	/* of which STATUS would only say again that it is so */
	static const enum sickness reasons[] = { RANGE_EXHAUSTED, NFTABLES_MISSING, VLAN_MISSING,
						 IPV6_MISSING };
	cleanup_error struct cni_error err = { 0 };

	for (size_t i = 0; i < array_size(reasons); i++)
		if (findings_have(patient->findings, reasons[i]))
			return;
	if (patient->has_plugins &&
	    runtime_status(&patient->tool->runtime, patient->list, &err) < 0)
		findings_add(patient->findings, NOT_READY, xstrdup(err.details ? err.details : ""),
			     "%s", err.msg);
}

static bool is_wanted(const struct patient *patient, const struct cached *cached, const char *netns)
{
	return text_equal(cached->network, patient->list->name) &&
	       (!netns || text_equal(cached->netns, netns)) &&
	       !work_has(patient->work, cached->container_id);
}

static void exam_attachments(struct patient *patient, const char *netns)
{
	for (size_t i = 0; i < patient->picture->cache.count; i++) {
		const struct cached *cached = &patient->picture->cache.items[i];

		if (!is_wanted(patient, cached, netns))
			continue;
		/* another ADD of the same container is another attachment */
		patient->findings->subject = (uint64_t)cached->written.tv_sec * 1000000000 +
					     (uint64_t)cached->written.tv_nsec;
		exam_attachment(patient, cached);
	}
	patient->findings->subject = 0;
}

static void exam_network(struct patient *patient, const char *netns)
{
	bool has_ipv4 = false, has_ipv6 = false;

	exam_plugins(patient);
	exam_kernel(patient);
	for (size_t i = 0; i < patient->picture->cache.count; i++)
		if (text_equal(patient->picture->cache.items[i].network, patient->list->name))
			find_families(&patient->picture->cache.items[i], &has_ipv4, &has_ipv6);
	exam_forwarding(patient, has_ipv4, has_ipv6);
	patient->is_host_sick = patient->findings->count > 0;
	exam_attachments(patient, netns);
	if (netns)
		return;
	exam_leases(patient);
	exam_orphans(patient);
	if (patient->has_nftables)
		exam_reference(patient);
	exam_status(patient);
}

static bool all_fixed(const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		if (!findings->items[i].is_fixed)
			return false;
	return true;
}

bool patient_may_fix(const struct patient *patient, const struct finding *finding)
{
	return patient->may_fix && finding->is_confirmed;
}

/* Who is at work before and after the kernel is read may have been so meanwhile. */
static int look(struct tool *tool, const struct network_list *list, const char *netns,
		struct findings *findings, struct cni_error *err)
{
	cleanup_picture struct picture picture = { 0 };
	cleanup_work struct work work = { 0 };
	struct patient patient = { .tool = tool,
				   .picture = &picture,
				   .list = list,
				   .findings = findings,
				   .work = &work,
				   .may_fix = tool->options.fix,
				   .nft = NL_CLOSED };
	int r;

	work_add(&work);
	r = picture_take(tool->runtime.cache, &picture, err);
	if (r < 0)
		return r;
	work_add(&work);
	exam_network(&patient, netns);
	nl_shut(&patient.nft);
	return 0;
}

/* Longer than a runtime needs from one plugin to the next, or to its note of what they did. */
static void pause_between_looks(void)
{
	const struct timespec pause = { .tv_nsec = 300000000 };

	(void)nanosleep(&pause, NULL); /* a signal only makes it shorter */
}

int verb_doctor(struct tool *tool, struct cni_error *err)
{
	cleanup_list struct network_list list = { 0 };
	cleanup_findings struct findings first = { 0 };
	cleanup_findings struct findings findings = { .earlier_or_null = &first };
	cleanup_free char *netns = tool->options.netns ? path_absolute(tool->options.netns) : NULL;
	int r = load_network(tool->folder, tool->arguments[0], &list, err);

	if (r == 0)
		r = look(tool, &list, netns, &first, err);
	if (r == 0 && first.count > 0) {
		pause_between_looks();
		r = look(tool, &list, netns, &findings, err);
		findings_drop_unconfirmed(&findings);
	}
	if (r < 0)
		return r;
	if (tool->options.json)
		findings_print_json(&findings, &tool->out);
	else if (findings.count == 0)
		text_addf(&tool->out, "%s: nothing found\n", list.name);
	else
		findings_print(&findings, &tool->out);
	return all_fixed(&findings) ? EXIT_SUCCESS : EXIT_FAILURE;
}
