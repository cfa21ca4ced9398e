/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool doctor: what the reader is told. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "configured.h"
#include "examine.h"
#include "target.h"

static bool all_fixed(const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		if (!findings->items[i].is_fixed)
			return false;
	return true;
}

static void print(struct tool *tool, const struct findings *findings)
{
	if (tool->options.fix)
		findings_print_repairs(findings, terminal_wants_colour(), &tool->out);
	else
		findings_print(findings, terminal_wants_colour(), &tool->out);
}

static void tell_one(struct tool *tool, const char *name, const struct findings *findings)
{
	if (findings->count == 0) {
		foreign_add(&tool->out, name);
		text_add(&tool->out, ": nothing found\n");
	}
	print(tool, findings);
}

static void tell_all(struct tool *tool, const struct configured *configured,
		     const struct findings *findings)
{
	struct text *out = &tool->out;

	print(tool, findings);
	text_addf(out, "looked at %zu network%s of %s", configured->count,
		  configured->count == 1 ? "" : "s", tool->folder);
	for (size_t i = 0; i < configured->count; i++) {
		text_add(out, i == 0 ? ": " : " ");
		foreign_add_word(out, configured->lists[i].name);
	}
	text_addf(out, ", their containers, the host and nftables: %s found\n",
		  findings->count ? "see above what was" : "nothing");
}

/* A path that is neither a namespace's nor an attachment's is misspelt. */
static int check_netns(const struct tool *tool, struct cni_error *err)
{
	cleanup_free char *path = tool->options.netns ? path_absolute(tool->options.netns) : NULL;
	cleanup_error struct cni_error ignored = { 0 };
	cleanup_cache_list struct cache_list cache = { 0 };
	int r;

	if (!path || access(path, F_OK) == 0)
		return 0;
	ignore(cache_list(tool->runtime.cache, NULL, &cache, &ignored));
	for (size_t i = 0; i < cache.count; i++)
		if (path_is_same_place(cached_netns(&cache.items[i]), path))
			return 0;
	r = cni_fail(err, CNI_ERR_INTERNAL, ENOENT,
		     "neither a namespace nor an attachment has the path %s", path);
	cni_error_details(err, "`cnitool ps` tells those of attachments");
	return r;
}

int verb_doctor(struct tool *tool, struct cni_error *err)
{
	cleanup_findings struct findings findings = { 0 };
	cleanup_configured struct configured configured = { 0 };
	const char *name = tool->arguments[0];
	int r = check_netns(tool, err)
			?: name ? examine_named(tool, name, &findings, err)
				: examine_folder(tool, &configured, &findings, err);

	if (r < 0)
		return r;
	if (tool->options.json)
		findings_print_json(&findings, &tool->out);
	else if (name)
		tell_one(tool, name, &findings);
	else
		tell_all(tool, &configured, &findings);
	return all_fixed(&findings) ? EXIT_SUCCESS : EXIT_FAILURE;
}
