/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool ps: what the cache knows of attachments, and what the kernel says to it. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "draw.h"
#include "life.h"
#include "table.h"
#include "target.h"
#include "types/json.h"

/* One line of the answer. */
struct attachment_row {
	const char *network, *container_id, *ifname, *state, *netns;
	struct text addresses;
	long age; /* seconds; -1: unknown */
};

struct listing {
	struct table table;
	struct json_writer *w; /* NULL: a table is wanted */
};

static char *word_age(long seconds)
{
	static const struct {
		long size;
		char letter;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };

	for (size_t i = 0; i < array_size(units); i++)
		if (seconds >= units[i].size)
			return xasprintf("%ld%c", seconds / units[i].size, units[i].letter);
	return xstrdup(seconds < 0 ? "" : "0s");
}

static void add_json(struct json_writer *w, const struct attachment_row *row)
{
	cleanup_free char *copy = xstrdup(row->addresses.s ? row->addresses.s : "");
	char *rest = copy;
	char *address;

	json_open(w, NULL, '{');
	json_string(w, "network", row->network);
	json_string(w, "containerID", row->container_id);
	json_string(w, "ifname", row->ifname);
	json_open(w, "addresses", '[');
	while ((address = strsep(&rest, " ")))
		if (*address)
			json_string(w, NULL, address);
	json_close(w, ']');
	if (row->age >= 0)
		json_integer(w, "age", row->age);
	json_string(w, "state", row->state);
	if (*row->netns)
		json_string(w, "netns", row->netns);
	json_close(w, '}');
}

static void add_row(struct listing *listing, const struct attachment_row *row)
{
	cleanup_free char *age = word_age(row->age);
	const char *const cells[] = { row->network, row->container_id,
				      row->ifname,  row->addresses.s,
				      age,	    row->state,
				      row->netns };

	if (listing->w) {
		add_json(listing->w, row);
		return;
	}
	for (size_t i = 0; i < array_size(cells); i++)
		table_add(&listing->table, cells[i]);
}

/* What it was given: the kernel may have lost it. */
static void add_result_addresses(const struct cached *cached, struct text *out)
{
	cleanup_result struct result result = { 0 };
	cleanup_error struct cni_error ignored = { 0 };
	char text[PREFIX_TEXT];

	if (!cached->result || cached_result(cached, &result, &ignored) < 0)
		return;
	for (size_t i = 0; i < result.ip_count; i++)
		text_addf(out, "%s%s", i > 0 ? " " : "",
			  prefix_print(&result.ips[i].address, text));
}

static bool is_wanted(const struct tool *tool, const char *network)
{
	return tool->argument_count == 0 || text_equal(tool->arguments[0], network);
}

static int compare_cached(const void *a, const void *b)
{
	const struct cached *left = *(const struct cached *const *)a;
	const struct cached *right = *(const struct cached *const *)b;
	int order = strverscmp(left->network, right->network);

	if (order == 0)
		order = strverscmp(cached_netns(left), cached_netns(right));
	return order ? order : strverscmp(left->ifname, right->ifname);
}

/* By network, then by where the container is. */
static const struct cached **sort_cached(const struct cache_list *cache)
{
	const struct cached **sorted = xcalloc(cache->count + 1, sizeof(*sorted));

	for (size_t i = 0; i < cache->count; i++)
		sorted[i] = &cache->items[i];
	if (cache->count > 1)
		qsort(sorted, cache->count, sizeof(*sorted), compare_cached);
	return sorted;
}

static void add_cached(const struct tool *tool, const struct picture *picture,
		       struct listing *listing)
{
	cleanup_free const struct cached **sorted = sort_cached(&picture->cache);

	for (size_t i = 0; i < picture->cache.count; i++) {
		const struct cached *cached = sorted[i];
		cleanup_text struct text addresses = { 0 };
		struct attachment_row row = {
			.network = cached->network,
			.container_id = cached->container_id,
			.ifname = cached->ifname,
			.state = life_name(attachment_life(picture, cached)),
			.netns = cached_netns(cached),
			.age = (long)(time(NULL) - cached->written.tv_sec),
		};

		if (!is_wanted(tool, cached->network))
			continue;
		add_result_addresses(cached, &addresses);
		row.addresses = addresses;
		add_row(listing, &row);
	}
}

static bool is_cached(const struct picture *picture, const struct space_link *link)
{
	for (size_t i = 0; i < picture->cache.count; i++) {
		const struct cached *cached = &picture->cache.items[i];

		if (text_equal(cached->network, link->network) &&
		    text_equal(cached->ifname, link->ifname) &&
		    text_equal(cached->container_id, link->container_id))
			return true;
	}
	return false;
}

/* Links with our mark that no cache knows. */
static void add_unknown(const struct tool *tool, const struct picture *picture,
			struct listing *listing)
{
	const struct space *host = &picture->spaces[0];

	for (size_t i = 0; i < host->link_count; i++) {
		const struct space_link *link = &host->links[i];
		const struct space_link *peer = picture_at(picture, link->peer);
		cleanup_text struct text addresses = { 0 };
		struct attachment_row row = { .network = link->network,
					      .container_id = link->container_id,
					      .ifname = link->ifname,
					      .state = "unknown",
					      .netns = "",
					      .age = -1 };

		if (!link->network || is_cached(picture, link) || !is_wanted(tool, link->network))
			continue;
		if (peer) {
			add_addresses(peer, " ", &addresses);
			row.netns = picture->spaces[link->peer.space].path;
		}
		row.addresses = addresses;
		add_row(listing, &row);
	}
}

int verb_ps(struct tool *tool, struct cni_error *err)
{
	static const char *const titles[] = { "NETWORK", "CONTAINER", "IFNAME", "ADDRESSES",
					      "AGE",	 "STATE",     "NETNS" };
	cleanup_picture struct picture picture = { 0 };
	struct listing listing = { .table.columns = array_size(titles) };
	struct json_writer w = { .out = &tool->out, .visible = true };
	int r = picture_take(tool->runtime.cache, PICTURE_LINKS, &picture, err)
			?: target_check_network(tool, &picture, err);

	if (r < 0)
		return r;
	if (tool->options.json) {
		listing.w = &w;
		json_open(&w, NULL, '[');
	}
	for (size_t i = 0; i < array_size(titles); i++)
		table_add(&listing.table, titles[i]);
	add_cached(tool, &picture, &listing);
	add_unknown(tool, &picture, &listing);
	if (tool->options.json) {
		json_close(&w, ']');
		text_add(&tool->out, "\n");
	} else {
		table_print(&listing.table, &tool->out);
	}
	table_release(&listing.table);
	return 0;
}
