/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a plugin is known among all processes. */
#include "work.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/file.h"

/* The value of a variable in the environment of a process, or NULL. */
static const char *find_variable(const struct text *environment, const char *name)
{
	const char *end = environment->s + environment->len;
	size_t size = strlen(name);

	for (const char *at = environment->s; at < end; at += strlen(at) + 1)
		if (strncmp(at, name, size) == 0 && at[size] == '=')
			return at + size + 1;
	return NULL;
}

static void take_process(struct work *work, const char *pid)
{
	cleanup_free char *path = xasprintf("/proc/%s/environ", pid);
	cleanup_text struct text environment = { 0 };
	const char *id;

	if (file_read_at(AT_FDCWD, path, &environment) < 0 || !environment.len ||
	    !find_variable(&environment, "CNI_COMMAND"))
		return; /* gone, somebody else's, or no plugin */
	id = find_variable(&environment, "CNI_CONTAINERID");
	if (text_is_empty(id) || work_has(work, id))
		return;
	work->ids = xgrow(work->ids, work->count, sizeof(*work->ids));
	work->ids[work->count++] = xstrdup(id);
}

void work_add(struct work *work)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strtol(entry->d_name, NULL, 10) > 0)
			take_process(work, entry->d_name);
	if (dir)
		(void)closedir(dir); /* only read */
}

bool work_has(const struct work *work, const char *container_id)
{
	for (size_t i = 0; i < work->count; i++)
		if (text_equal(work->ids[i], container_id))
			return true;
	return false;
}

void work_release(struct work *work)
{
	for (size_t i = 0; i < work->count; i++)
		free(work->ids[i]);
	free(work->ids);
}
