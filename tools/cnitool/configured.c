/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a folder, as networks. */
#include "configured.h"

#include "base/alloc.h"
#include "runtime/load.h"

struct reading {
	struct configured *into;
	struct findings *broken;
};

static bool has_name(const struct configured *configured, const char *name)
{
	for (size_t i = 0; i < configured->count; i++)
		if (text_equal(configured->lists[i].name, name))
			return true;
	return false;
}

static int take_file(const char *path, void *data)
{
	struct reading *reading = data;
	struct configured *into = reading->into;
	cleanup_list struct network_list list = { 0 };
	cleanup_error struct cni_error why = { 0 };

	if (load_file(path, &list, &why) < 0) {
		finding_advise(findings_add(reading->broken, CONFIGURATION_BROKEN, xstrdup(""),
					    "%s: %s", path, why.msg),
			       xstrdup(why.details ? why.details
						   : "put it right, or take it out of the folder"));
		return 0;
	}
	if (has_name(into, list.name))
		return 0; /* an earlier file has the name: this one is never used */
	into->lists = xgrow(into->lists, into->count, sizeof(list));
	into->lists[into->count++] = list;
	list = (struct network_list){ 0 };
	return 0;
}

int configured_read(const char *folder, struct configured *ret, struct findings *broken,
		    struct cni_error *err)
{
	struct reading reading = { ret, broken };

	return load_each_file(folder, take_file, &reading, err);
}

void configured_release(struct configured *configured)
{
	for (size_t i = 0; i < configured->count; i++)
		list_release(&configured->lists[i]);
	free(configured->lists);
}
