/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool doctor: the order of the examinations, and which of them a finding makes pointless. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "exam.h"
#include "runtime/load.h"
#include "target.h"

/* Nothing else explains it: what do the plugins say? */
static int exam_check(const struct exam *exam)
{
	cleanup_error struct cni_error err = { 0 };
	struct container container = container_of_cached(exam->cached);

	if (!exam->network->has_plugins || exam->network->is_host_faulty ||
	    !list_has_checks(exam->list))
		return 0;
	if (runtime_check(&exam->network->tool->runtime, exam->list, &container, &err) == 0)
		return 0;
	finding_advise(findings_add(exam->network->findings, CHECK_FAILED, xstrdup(""),
				    "%s in %s: %s", exam->link->link.name, exam->space->name,
				    err.msg),
		       xstrdup(err.details ? err.details
					   : "detach the container and attach it again"));
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

/*
 * A container that cnitool has made, without arguments, can be made again by it. A runtime's has
 * another id.
 */
static char *attach_again(const struct cached *cached)
{
	const char *netns = cached_netns(cached);
	cleanup_free char *id = container_id_of(netns);
	cleanup_free char *list_word = foreign_word(cached->network);
	cleanup_free char *path = foreign_word(netns);
	cleanup_free char *ifname = foreign_word(cached->ifname);

	if (!text_equal(id, cached->container_id) || cached->args.count > 0 || cached->capabilities)
		return xstrdup("");
	return xasprintf("cnitool del -i %s %s %s && cnitool add -i %s %s %s", ifname, list_word,
			 path, ifname, list_word, path);
}

static void complain_missing(struct network *network, const struct cached *cached)
{
	struct owner owner = cached_owner(cached);
	const struct space_link *port = picture_find_mark(network->picture, owner.text);
	const struct space_link *other = port ? picture_at(network->picture, port->peer) : NULL;
	struct finding *finding;

	if (!port) {
		finding = findings_add(network->findings, INTERFACE_MISSING, attach_again(cached),
				       "%s has no interface %s", cached_netns(cached),
				       cached->ifname);
		if (!*finding->fix)
			finding_advise(finding,
				       xstrdup("have its runtime start the container again"));
		return;
	}
	finding = findings_add(network->findings, INTERFACE_MISSING, xstrdup(""),
			       "%s has no interface %s: the other end of %s is called %s",
			       cached_netns(cached), cached->ifname, port->link.name,
			       other ? other->link.name : "something else, or is elsewhere");
	finding_advise(finding, xasprintf("give it the name %s again", cached->ifname));
}

/* Not when it has come back: the look before this one is some time ago. */
static void delete_dead(struct network *network, const struct cached *cached,
			struct finding *finding)
{
	struct container container = container_of_cached(cached);
	cleanup_error struct cni_error err = { 0 };
	struct owner owner = cached_owner(cached);

	if (!network_may_fix(network, finding) || !network->has_plugins ||
	    network_owner_has_link(owner.text))
		return;
	finding_try(finding, runtime_del(&network->tool->runtime, network->list, &container, &err),
		    &err);
}

static void exam_absent(struct network *network, const struct cached *cached)
{
	const char *netns = cached_netns(cached);
	cleanup_free char *list_word = foreign_word(cached->network);
	struct finding *finding;

	if (picture_find_space(network->picture, netns) >= 0) {
		if (cached_has_interface(cached))
			complain_missing(network, cached);
		return;
	}
	if (attachment_life(network->picture, cached) != LIFE_DEAD)
		return;
	finding = findings_add(network->findings, ATTACHMENT_DEAD,
			       xasprintf("cnitool doctor %s --fix", list_word),
			       "%s of container %s: the namespace %s is gone", cached->ifname,
			       cached->container_id, netns);
	delete_dead(network, cached, finding);
}

/* The port with the mark; of the Go plugins' the one that the interface leads to. */
static void find_port(struct exam *exam)
{
	const struct picture *picture = exam->network->picture;
	const struct space *host = &picture->spaces[0];
	int bridge;

	exam->port = picture_find_mark(picture, exam->owner.text);
	if (!exam->port && exam->link->peer.space == 0)
		exam->port = picture_at(picture, exam->link->peer);
	bridge = exam->port ? space_find_index(host, exam->port->link.master) : -1;
	exam->bridge = bridge < 0 ? NULL : &host->links[bridge];
}

static void exam_attachment(struct network *network, const struct cached *cached)
{
	cleanup_result struct result result = { 0 };
	cleanup_error struct cni_error ignored = { 0 };
	struct spot spot = picture_find_attachment(network->picture, cached);
	struct exam exam = { .network = network,
			     .cached = cached,
			     .result = &result,
			     .owner = cached_owner(cached) };

	if (spot.space < 0) {
		exam_absent(network, cached);
		return;
	}
	if (cached->result && cached_result(cached, &result, &ignored) < 0)
		return;
	/*
	 * Drop-ins are in no cache, so the list on disk is the better one where the two have the
	 * same name.
	 */
	exam.list = network->list;
	exam.space = &network->picture->spaces[spot.space];
	exam.link = picture_at(network->picture, spot);
	find_port(&exam);
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

static void exam_status(struct network *network)
{
	/* STATUS would only say these again */
	static const enum fault reasons[] = { RANGE_EXHAUSTED, NFTABLES_MISSING, SUBNET_SHARED,
					      VLAN_MISSING, IPV6_MISSING };
	cleanup_error struct cni_error err = { 0 };

	for (size_t i = 0; i < array_size(reasons); i++)
		if (findings_have(network->findings, reasons[i]))
			return;
	if (network->has_plugins &&
	    runtime_status(&network->tool->runtime, network->list, &err) < 0)
		finding_advise(findings_add(network->findings, NOT_READY, xstrdup(""), "%s",
					    err.msg),
			       xstrdup(err.details ? err.details : ""));
}

static bool is_wanted(const struct network *network, const struct cached *cached, const char *netns)
{
	return text_equal(cached->network, network->list->name) &&
	       (!netns || text_equal(cached_netns(cached), netns)) &&
	       !work_has(network->work, cached->container_id);
}

static void exam_attachments(struct network *network, const char *netns)
{
	for (size_t i = 0; i < network->picture->cache.count; i++) {
		const struct cached *cached = &network->picture->cache.items[i];

		if (!is_wanted(network, cached, netns))
			continue;
		/* another ADD of the same container is another attachment */
		network->findings->subject = (uint64_t)cached->written.tv_sec * 1000000000 +
					     (uint64_t)cached->written.tv_nsec;
		exam_attachment(network, cached);
	}
	network->findings->subject = 0;
}

static void exam_network(struct network *network, const char *netns)
{
	bool has_ipv4 = false, has_ipv6 = false;
	size_t of_configuration;

	exam_configuration(network);
	exam_subnets(network);
	of_configuration = network->findings->count; /* CHECK says nothing of them */
	exam_plugins(network);
	exam_kernel(network);
	for (size_t i = 0; i < network->picture->cache.count; i++)
		if (text_equal(network->picture->cache.items[i].network, network->list->name))
			find_families(&network->picture->cache.items[i], &has_ipv4, &has_ipv6);
	exam_forwarding(network, has_ipv4, has_ipv6);
	network->is_host_faulty = network->findings->count > of_configuration;
	exam_attachments(network, netns);
	if (netns)
		return;
	exam_leases(network);
	exam_orphans(network);
	if (network->has_nftables)
		exam_reference(network);
	exam_status(network);
}

static bool all_fixed(const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		if (!findings->items[i].is_fixed)
			return false;
	return true;
}

/* A container at work before or after the kernel is read may have been so meanwhile. */
static int look(struct tool *tool, const struct network_list *list, bool may_fix,
		struct findings *findings, struct cni_error *err)
{
	cleanup_free char *netns = tool->options.netns ? path_absolute(tool->options.netns) : NULL;
	cleanup_picture struct picture picture = { 0 };
	cleanup_work struct work work = { 0 };
	struct network network = { .tool = tool,
				   .picture = &picture,
				   .list = list,
				   .findings = findings,
				   .work = &work,
				   .may_fix = may_fix,
				   .nft = NETLINK_CLOSED };
	int r;

	work_add(&work);
	r = picture_take(tool->runtime.cache, &picture, err);
	if (r < 0)
		return r;
	work_add(&work);
	exam_network(&network, netns);
	netlink_shut(&network.nft);
	return 0;
}

/* Longer than a runtime needs from one plugin to the next, or to its note of what they did. */
static void pause_between_looks(void)
{
	const struct timespec pause = { .tv_nsec = 300000000 };

	(void)nanosleep(&pause, NULL); /* a signal only makes it shorter */
}

/* What two looks have found; repairs are made in the second. */
static int look_twice(struct tool *tool, const struct network_list *list, bool may_fix,
		      struct findings *ret, struct cni_error *err)
{
	cleanup_findings struct findings first = { 0 };
	int r = look(tool, list, false, &first, err);

	if (r < 0 || first.count == 0)
		return r;
	pause_between_looks();
	ret->earlier_or_null = &first;
	r = look(tool, list, may_fix, ret, err);
	ret->earlier_or_null = NULL;
	findings_drop_unconfirmed(ret);
	return r;
}

/* A repair counts only when nothing is found any more. */
static int examine(struct tool *tool, const struct network_list *list, struct findings *ret,
		   struct cni_error *err)
{
	cleanup_findings struct findings later = { 0 };
	int r = look_twice(tool, list, tool->options.fix, ret, err);

	if (r < 0 || !tool->options.fix || ret->count == 0)
		return r;
	r = look_twice(tool, list, false, &later, err);
	if (r == 0)
		findings_judge(ret, &later);
	return r;
}

int verb_doctor(struct tool *tool, struct cni_error *err)
{
	cleanup_list struct network_list list = { 0 };
	cleanup_findings struct findings findings = { 0 };
	int r = load_network(tool->folder, tool->arguments[0], &list, err);

	if (r == 0)
		r = examine(tool, &list, &findings, err);
	if (r < 0)
		return r;
	if (tool->options.json) {
		findings_print_json(&findings, &tool->out);
	} else if (findings.count == 0) {
		foreign_add(&tool->out, list.name);
		text_add(&tool->out, ": nothing found\n");
	} else {
		findings_print(&findings, &tool->out);
	}
	return all_fixed(&findings) ? EXIT_SUCCESS : EXIT_FAILURE;
}
