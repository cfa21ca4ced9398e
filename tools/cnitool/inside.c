/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a command is found a place, and a shell its prompt. */
#include "inside.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "net/netns.h"
#include "runtime/command.h"
#include "runtime/namespace.h"
#include "target.h"
#include "types/name.h"

enum { CANNOT_START = 126 };

/* Without a command it is the user's shell; true then. */
static bool find_command(const struct inside *inside, char *shell[2], char *const **ret)
{
	char **rest = inside->argv;

	if (*rest && text_equal(*rest, "--"))
		rest++;
	*ret = *rest ? rest : shell;
	shell[0] = getenv("SHELL");
	if (text_is_empty(shell[0]))
		shell[0] = (char *)"/bin/sh";
	shell[1] = NULL;
	return !*rest;
}

/*
 * What runs inside finds networks and plugins as we did, and is told where it is. bash asks
 * PROMPT_COMMAND once its own files have had their say; other shells take PS1.
 */
int inside_run(const struct inside *inside, struct cni_error *err)
{
	cleanup_free char *where = xasprintf(INSIDE_VARIABLE "=%s", inside->name);
	cleanup_free char *folder = xasprintf("NETCONFPATH=%s", inside->tool->folder);
	cleanup_free char *path = xasprintf("CNI_PATH=%s", inside->tool->runtime.path);
	cleanup_free char *prompt = xasprintf("PS1=(%s) # ", inside->name);
	cleanup_free char *command =
		xasprintf("PROMPT_COMMAND=PS1='(%s) \\w # '; unset PROMPT_COMMAND", inside->name);
	const char *variables[] = { where, folder, path, NULL, NULL, NULL };
	cleanup_free char *names = inside_resolv_conf(inside->tool, inside->netns);
	cleanup_close int netns = netns_open(inside->netns, err);
	char *const *argv;
	char *shell[2];
	int r;

	if (netns < 0)
		return netns;
	/* a name that a shell could read as more than that stands in no prompt */
	if (find_command(inside, shell, &argv) &&
	    name_check_container_id(inside->name, NULL) == 0) {
		variables[3] = prompt;
		variables[4] = command;
	}
	r = command_run(&(struct command){ .argv = argv,
					   .set_variables = variables,
					   .netns = netns,
					   .resolv_conf_or_null = names,
					   .signal_mask = &inside->tool->signal_mask,
					   .adopts = inside->adopts },
			err);
	if (r < 0)
		inside->tool->failure = r == -ENOENT ? EXIT_NOT_RUN : CANNOT_START;
	return r;
}

/* By the id that a runtime gave it; the first interface tells. */
static char *find_cached(const struct tool *tool, const char *id)
{
	cleanup_cache_list struct cache_list cache = { 0 };
	cleanup_error struct cni_error ignored = { 0 };

	if (cache_list(tool->runtime.cache, NULL, &cache, &ignored) < 0)
		return NULL;
	for (size_t i = 0; i < cache.count; i++)
		if (text_equal(cache.items[i].container_id, id) && *cached_netns(&cache.items[i]))
			return xstrdup(cached_netns(&cache.items[i]));
	return NULL;
}

int inside_find(const struct tool *tool, const char *name, char **ret, struct cni_error *err)
{
	cleanup_free char *path = strchr(name, '/') ? path_absolute(name)
						    : xasprintf(NAMESPACE_FOLDER "/%s", name);
	int r;

	if (access(path, F_OK) < 0 && !strchr(name, '/')) {
		*ret = find_cached(tool, name);
		if (*ret)
			return 0;
		r = cni_fail(err, CNI_ERR_INTERNAL, 0, "no container has the name or the id \"%s\"",
			     name);
		cni_error_details(err, "`cnitool ps` tells those that are attached");
		return r;
	}
	*ret = steal(&path);
	return 0;
}
