/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool doctor: which networks are examined, and what the reader is told. */
#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "configured.h"
#include "examine.h"
#include "runtime/load.h"

static bool all_fixed(const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		if (!findings->items[i].is_fixed)
			return false;
	return true;
}

static int examine(struct tool *tool, const struct network_list *lists, size_t count,
		   struct findings *ret, struct cni_error *err)
{
	int r = 0;

	if (!tool->options.fix)
		return examine_all(tool, lists, count, ret, err);
	for (size_t i = 0; i < count && r == 0; i++) /* what one repairs another may see */
		r = examine_and_fix(tool, &lists[i], &ret[i], err);
	return r;
}

/* All of them, with what is wrong with files that are no network's. */
static int examine_folder(struct tool *tool, struct findings *ret, struct configured *configured,
			  struct cni_error *err)
{
	struct findings *each;
	int r = configured_read(tool->folder, configured, ret, err);

	if (r < 0)
		return r;
	each = findings_new(configured->count);
	r = examine(tool, configured->lists, configured->count, each, err);
	for (size_t i = 0; i < configured->count && r == 0; i++)
		findings_merge(ret, &each[i], configured->lists[i].name);
	findings_free(each, configured->count);
	return r;
}

static int examine_one(struct tool *tool, const char *name, struct findings *ret,
		       struct cni_error *err)
{
	cleanup_list struct network_list list = { 0 };

	return load_network(tool->folder, name, &list, err) ?: examine(tool, &list, 1, ret, err);
}

static void tell_one(struct tool *tool, const char *name, const struct findings *findings)
{
	if (findings->count == 0) {
		foreign_add(&tool->out, name);
		text_add(&tool->out, ": nothing found\n");
	}
	findings_print(findings, terminal_wants_colour(), &tool->out);
}

static void tell_all(struct tool *tool, const struct configured *configured,
		     const struct findings *findings)
{
	struct text *out = &tool->out;

	findings_print(findings, terminal_wants_colour(), out);
	text_addf(out, "looked at %zu network%s of %s", configured->count,
		  configured->count == 1 ? "" : "s", tool->folder);
	for (size_t i = 0; i < configured->count; i++) {
		text_add(out, i == 0 ? ": " : " ");
		foreign_add_word(out, configured->lists[i].name);
	}
	text_addf(out, ", their containers, the host and nftables: %s found\n",
		  findings->count ? "see above what was" : "nothing");
}

int verb_doctor(struct tool *tool, struct cni_error *err)
{
	cleanup_findings struct findings findings = { 0 };
	cleanup_configured struct configured configured = { 0 };
	const char *name = tool->arguments[0];
	int r = name ? examine_one(tool, name, &findings, err)
		     : examine_folder(tool, &findings, &configured, err);

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
