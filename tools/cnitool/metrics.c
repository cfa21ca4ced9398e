/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool metrics: what a monitoring system watches, in the text format of Prometheus. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/release.h"
#include "configured.h"
#include "exam.h"
#include "examine.h"
#include "gauge.h"
#include "place.h"

enum { LOCK_MS = 10000, FILE_MODE = 0644 };

enum what {
	USED,
	FREE,
	ORPHANED,
	ATTACHMENTS,
	PORTS,
	ORPHANS,
	FINDINGS,
	BUILD,
	WHEN,
	HOW_LONG,
	ALL
};

struct metrics {
	struct gauge gauges[ALL];
	struct picture picture;
	struct work work;
};

static void metrics_release(struct metrics *metrics)
{
	for (size_t i = 0; i < ALL; i++)
		gauge_release(&metrics->gauges[i]);
	picture_release(&metrics->picture);
	work_release(&metrics->work);
}

static const struct gauge names[ALL] = {
	[USED] = { .name = "cni_leases_used", .help = "Addresses of host-local that are leased." },
	[FREE] = { .name = "cni_leases_free", .help = "Addresses of host-local that are free." },
	[ORPHANED] = { .name = "cni_leases_orphaned",
		       .help = "Leased addresses of which it is proven that no container has them." },
	[ATTACHMENTS] = { .name = "cni_attachments",
			  .help = "Interfaces of containers on the network." },
	[PORTS] = { .name = "cni_published_ports",
		    .help = "Ports that lead to containers, of each family and address." },
	[ORPHANS] = { .name = "cni_orphans", .help = "What containers that are gone have left." },
	[FINDINGS] = { .name = "cni_findings",
		       .help = "What cnitool doctor finds wrong, by the finding's name." },
	[BUILD] = { .name = "cni_build_info",
		    .help = "The version of the program that made this." },
	[WHEN] = { .name = "cni_collected_timestamp_seconds", .help = "When this was made." },
	[HOW_LONG] = { .name = "cni_collection_duration_seconds",
		       .help = "How long it took to make this.",
		       .is_milli = true },
};

static void add_two(struct metrics *metrics, enum what what, uint64_t value, const char *network,
		    const char *name, const char *text)
{
	gauge_add(&metrics->gauges[what], value,
		  (const struct label[]){ { "network", network }, { name, text } }, 2);
}

/* ---- leases */

/* One configuration of host-local. */
struct sets {
	struct metrics *metrics;
	const char *network;
	unsigned index; /* of the set: two may begin with the same subnet */
	bool are_orphans;
};

static void take_set(uint64_t room, uint64_t taken, const char *subnet, void *data)
{
	struct sets *sets = data;
	cleanup_free char *index = xasprintf("%u", sets->index++);
	const struct label labels[] = { { "network", sets->network },
					{ "set", index },
					{ "subnet", subnet } };
	struct gauge *gauges = sets->metrics->gauges;

	if (sets->are_orphans) {
		gauge_add(&gauges[ORPHANED], taken, labels, array_size(labels));
		return;
	}
	gauge_add(&gauges[USED], taken, labels, array_size(labels));
	gauge_add(&gauges[FREE], room > taken ? room - taken : 0, labels, array_size(labels));
}

static void add_leases(struct metrics *metrics, const struct network *network, const cJSON *ipam)
{
	struct sets sets = { .metrics = metrics, .network = network->list->name };
	cleanup_leases struct held_leases leases = { 0 };
	cleanup_free struct held_lease *dead = NULL;
	struct held_leases orphans = { 0 };

	if (held_leases_read(ipam, network->list->name, &leases) < 0)
		return;
	range_sets_each(ipam, &leases, take_set, &sets);
	dead = xcalloc(leases.count + 1, sizeof(*dead));
	orphans.items = dead; /* what is in it is borrowed */
	for (size_t i = 0; i < leases.count; i++)
		if (lease_is_orphaned(network, &leases.items[i]))
			dead[orphans.count++] = leases.items[i];
	sets.index = 0;
	sets.are_orphans = true;
	range_sets_each(ipam, &orphans, take_set, &sets);
}

static void add_network(struct metrics *metrics, struct tool *tool, const struct network_list *list)
{
	static const char *const kinds[] = { "attachment", "lease", "link", "rules", "reference" };
	const struct network network = { .tool = tool,
					 .picture = &metrics->picture,
					 .list = list,
					 .work = &metrics->work,
					 .nft = NETLINK_CLOSED };

	for (enum life life = LIFE_UNKNOWN; life <= LIFE_DEAD; life++)
		add_two(metrics, ATTACHMENTS, 0, list->name, "state", life_name(life));
	for (size_t i = 0; i < array_size(kinds); i++)
		add_two(metrics, ORPHANS, 0, list->name, "kind", kinds[i]);
	gauge_add(&metrics->gauges[PORTS], 0, &(const struct label){ "network", list->name }, 1);
	for (size_t i = 0; i < list->plugin_count; i++)
		if (host_local_of(&list->plugins[i]))
			add_leases(metrics, &network, host_local_of(&list->plugins[i]));
}

/* ---- what exists, also of networks that are configured no more */

static void add_attachments(struct metrics *metrics)
{
	const struct picture *picture = &metrics->picture;

	for (size_t i = 0; i < picture->cache.count; i++)
		add_two(metrics, ATTACHMENTS, 1, picture->cache.items[i].network, "state",
			life_name(attachment_life(picture, &picture->cache.items[i])));
}

static void add_ports(struct metrics *metrics)
{
	const struct marks *marks = &metrics->picture.marks[TABLE_PORTS];

	for (size_t i = 0; i < marks->count; i++) {
		const char *owner = marks->items[i].owner;
		cleanup_free char *network = xstrndup(owner, strcspn(owner, "/"));

		gauge_add(&metrics->gauges[PORTS], 1, &(const struct label){ "network", network },
			  1);
	}
}

/* ---- what is wrong */

static const char *kind_of_orphan(enum fault fault)
{
	switch (fault) {
	case ATTACHMENT_DEAD:
		return "attachment";
	case LEASE_ORPHANED:
		return "lease";
	case LINK_ORPHANED:
		return "link";
	case RULES_ORPHANED:
		return "rules";
	case REFERENCE_RULES:
		return "reference";
	default:
		return NULL;
	}
}

static void add_findings(struct metrics *metrics, const struct findings *findings,
			 const char *network)
{
	for (size_t i = 0; i < findings->count; i++) {
		enum fault fault = findings->items[i].fault;
		const char *kind = kind_of_orphan(fault);

		add_two(metrics, FINDINGS, 1, network, "finding", fault_name(fault));
		if (kind)
			add_two(metrics, ORPHANS, 1, network, "kind", kind);
	}
}

static int examine(struct metrics *metrics, struct tool *tool, const struct configured *configured,
		   struct cni_error *err)
{
	struct findings *each = findings_new(configured->count);
	int r;

	tool->is_brief = true; /* they would be started for each attachment */
	r = examine_all(tool, configured->lists, configured->count, each, err);
	for (size_t i = 0; i < configured->count && r == 0; i++)
		add_findings(metrics, &each[i], configured->lists[i].name);
	findings_free(each, configured->count);
	return r;
}

static int collect(struct metrics *metrics, struct tool *tool, struct cni_error *err)
{
	cleanup_configured struct configured configured = { 0 };
	cleanup_findings struct findings broken = { 0 };
	int64_t start = clock_now_ms();
	int r;

	work_add(&metrics->work);
	r = configured_read(tool->folder, &configured, &broken, err)
			?: picture_take(tool->runtime.cache, PICTURE_LINKS, &metrics->picture, err)
			?: examine(metrics, tool, &configured, err);
	if (r < 0)
		return r;
	work_add(&metrics->work);
	for (size_t i = 0; i < configured.count; i++)
		add_network(metrics, tool, &configured.lists[i]);
	add_attachments(metrics);
	add_ports(metrics);
	add_findings(metrics, &broken, "");
	gauge_add(&metrics->gauges[BUILD], 1, &(const struct label){ "version", release }, 1);
	gauge_add(&metrics->gauges[WHEN], (uint64_t)time(NULL), NULL, 0);
	gauge_add(&metrics->gauges[HOW_LONG], (uint64_t)(clock_now_ms() - start), NULL, 0);
	return 0;
}

/* ---- where it goes */

/* Readers find the old file or the new one, whole; two of us wait for each other. */
static int write_file(const char *path, const struct text *content)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	cleanup_free char *folder = slash ? xstrndup(path, (size_t)(name - path)) : xstrdup(".");
	cleanup_close int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_with(place_turn_end) struct place_turn turn = PLACE_NO_TURN;

	if (fd < 0)
		return -errno;
	if (!*name)
		return -EISDIR;
	return place_turn_wait(fd, deadline_in(LOCK_MS), &turn)
		       ?: place_file(fd, name, content, FILE_MODE);
}

int verb_metrics(struct tool *tool, struct cni_error *err)
{
	cleanup_with(metrics_release) struct metrics metrics = { 0 };
	cleanup_text struct text out = { 0 };
	const char *path = tool->options.output;
	int r;

	memcpy(metrics.gauges, names, sizeof(names));
	r = collect(&metrics, tool, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ALL; i++)
		gauge_print(&metrics.gauges[i], path ? &out : &tool->out);
	r = path ? write_file(path, &out) : 0;
	if (r == 0)
		return EXIT_SUCCESS;
	(void)cni_fail(err, CNI_ERR_IO, -r, "cannot write %s", path);
	cni_error_details(err, "its folder has to exist and to take new files; the one that "
			       "node_exporter reads is told by --collector.textfile.directory");
	return r;
}
