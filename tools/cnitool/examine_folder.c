/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which networks are examined: one by its name, or all of a folder. */
#include "examine.h"

#include "runtime/load.h"

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

int examine_folder(struct tool *tool, struct configured *ret_configured, struct findings *ret,
		   struct cni_error *err)
{
	struct findings *each;
	int r = configured_read(tool->folder, ret_configured, ret, err);

	if (r < 0)
		return r;
	each = findings_new(ret_configured->count);
	r = examine(tool, ret_configured->lists, ret_configured->count, each, err);
	for (size_t i = 0; i < ret_configured->count && r == 0; i++)
		findings_merge(ret, &each[i], ret_configured->lists[i].name);
	findings_free(each, ret_configured->count);
	return r;
}

int examine_named(struct tool *tool, const char *name, struct findings *ret, struct cni_error *err)
{
	cleanup_list struct network_list list = { 0 };

	return load_network(tool->folder, name, &list, err) ?: examine(tool, &list, 1, ret, err);
}
