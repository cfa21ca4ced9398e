/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of the examinations, and which of them a finding makes pointless. */
#include "examine.h"

#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "exam.h"
#include "exam_switch.h"
#include "target.h"

static void exam_parts(const struct exam *exam)
{
	/* Each takes what the one before has found for granted. */
	static int (*const chain[])(
		const struct exam *exam) = { exam_name,	     exam_interface, exam_bridge,
					     exam_addresses, exam_routes,    exam_gateway_of_routes,
					     exam_port,	     exam_way,	     exam_rules };
	int found = exam_loopback(exam) | exam_mtu(exam) | exam_filters(exam) | exam_doubles(exam) |
		    exam_neighbours(exam) | exam_listeners(exam) | exam_leased(exam) |
		    exam_own_host(exam);

	exam_wire_note(exam);
	for (size_t i = 0; i < array_size(chain); i++)
		if (chain[i](exam))
			return;
	if (!found && !exam_check(exam))
		exam_dns_note(exam);
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

static bool is_wanted(const struct network *network, const struct cached *cached, const char *netns)
{
	return text_equal(cached->network, network->list->name) &&
	       (!netns || path_is_same_place(cached_netns(cached), netns)) &&
	       !work_has(network->work, cached->container_id);
}

static void exam_attachments(struct network *network, const char *netns)
{
	for (size_t i = 0; i < network->picture->cache.count; i++) {
		const struct cached *cached = &network->picture->cache.items[i];
		const struct owner owner = cached_owner(cached);

		if (!is_wanted(network, cached, netns))
			continue;
		network->findings->owner = owner.text;
		/* another ADD of the same container is another attachment */
		network->findings->subject = (uint64_t)cached->written.tv_sec * 1000000000 +
					     (uint64_t)cached->written.tv_nsec;
		exam_attachment(network, cached);
	}
	network->findings->subject = 0;
	network->findings->owner = NULL;
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
	exam_masters(network);
	exam_switch(network);
	filters_read(&network->nft, &network->filters);
	for (size_t i = 0; i < network->picture->cache.count; i++)
		if (text_equal(network->picture->cache.items[i].network, network->list->name))
			find_families(&network->picture->cache.items[i], &has_ipv4, &has_ipv6);
	exam_forwarding(network, has_ipv4, has_ipv6);
	exam_uplink(network);
	network->is_host_faulty = network->findings->count > of_configuration;
	network_read_leases(network);
	exam_attachments(network, netns);
	exam_wire(network);
	exam_dns(network);
	if (netns)
		return;
	exam_leases(network);
	exam_orphans(network);
	if (network->has_nftables) {
		exam_reference(network);
		exam_accepts(network);
	}
	exam_status(network);
}

/* One network in a picture. */
static void look_at(struct tool *tool, const struct picture *picture, const struct work *work,
		    const struct network_list *list, bool may_fix, struct findings *findings)
{
	cleanup_free char *netns = tool->options.netns ? path_absolute(tool->options.netns) : NULL;
	struct network network = { .tool = tool,
				   .picture = picture,
				   .list = list,
				   .findings = findings,
				   .work = work,
				   .may_fix = may_fix,
				   .nft = NETLINK_CLOSED };

	exam_network(&network, netns);
	exam_settle_fixes(&network);
	free(network.asked);
	free(network.servers);
	free(network.listeners);
	filters_release(&network.filters);
	switch_ports_release(&network.ports);
	roster_release(&network.later);
	held_leases_release(&network.leases);
	netlink_shut(&network.nft);
}

/* Those of which `earlier` has something, or all. */
static bool is_looked_at(const struct findings *earlier_or_null, size_t i)
{
	return !earlier_or_null || earlier_or_null[i].count;
}

/* A container at work before or after the kernel is read may have been so meanwhile. */
static int look(struct tool *tool, const struct network_list *lists, size_t count,
		const struct findings *earlier_or_null, bool may_fix, struct findings *findings,
		struct cni_error *err)
{
	cleanup_picture struct picture picture = { 0 };
	cleanup_work struct work work = { 0 };
	int r;

	work_add(&work);
	r = picture_take(tool->runtime.cache, PICTURE_WHOLE, &picture, err);
	if (r < 0)
		return r;
	work_add(&work);
	for (size_t i = 0; i < count; i++)
		if (is_looked_at(earlier_or_null, i))
			look_at(tool, &picture, &work, &lists[i], may_fix, &findings[i]);
	return 0;
}

/* Longer than a runtime needs from one plugin to the next, or to its note of what they did. */
static void pause_between_looks(void)
{
	const struct timespec pause = { .tv_nsec = 300000000 };

	(void)nanosleep(&pause, NULL); /* a signal only makes it shorter */
}

static bool have_any(const struct findings *findings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (findings[i].count)
			return true;
	return false;
}

struct findings *findings_new(size_t count)
{
	return xcalloc(count + 1, sizeof(struct findings));
}

void findings_free(struct findings *findings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		findings_release(&findings[i]);
	free(findings);
}

/* What two looks have found; repairs are made in the second. */
static int look_twice(struct tool *tool, const struct network_list *lists, size_t count,
		      bool may_fix, struct findings *ret, struct cni_error *err)
{
	struct findings *first = findings_new(count);
	int r = look(tool, lists, count, NULL, false, first, err);

	if (r == 0 && have_any(first, count)) {
		pause_between_looks();
		for (size_t i = 0; i < count; i++)
			ret[i].earlier_or_null = &first[i];
		r = look(tool, lists, count, first, may_fix, ret, err);
	}
	for (size_t i = 0; i < count; i++) {
		ret[i].earlier_or_null = NULL;
		findings_drop_unconfirmed(&ret[i]);
	}
	findings_free(first, count);
	return r;
}

int examine_all(struct tool *tool, const struct network_list *lists, size_t count,
		struct findings *ret, struct cni_error *err)
{
	return look_twice(tool, lists, count, false, ret, err);
}

int examine_and_fix(struct tool *tool, const struct network_list *list, struct findings *ret,
		    struct cni_error *err)
{
	cleanup_findings struct findings later = { 0 };
	int r = look_twice(tool, list, 1, true, ret, err);

	if (r < 0 || ret->count == 0)
		return r;
	r = look_twice(tool, list, 1, false, &later, err);
	if (r == 0)
		findings_judge(ret, &later);
	return r;
}
