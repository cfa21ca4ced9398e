/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the file that has a plugin's name is that plugin. */
#include <fcntl.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/foreign.h"
#include "exam.h"
#include "plugin/spawn.h"
#include "types/json.h"

/* What it begins with: a program of this kind of machine or a script. */
static bool is_program(const char *path)
{
	cleanup_close int fd = file_open_regular(AT_FDCWD, path);
	char start[4] = { 0 };

	if (fd < 0 || read(fd, start, sizeof(start)) < 2)
		return false;
	return memcmp(start, "\177ELF", 4) == 0 || memcmp(start, "#!", 2) == 0;
}

static int run(const struct network *network, const char *path, const char *command,
	       struct spawned *ret)
{
	const char *const variables[] = { command,	 "CNI_CONTAINERID=", "CNI_NETNS=",
					  "CNI_IFNAME=", "CNI_ARGS=",	     NULL };
	cleanup_text struct text input = { 0 };
	stop_child struct child child = { 0 };
	int r;

	text_add(&input, "{\"cniVersion\": \"1.0.0\"}");
	r = spawn_start(&(struct spawn){ .path = path,
					 .set_variables = variables,
					 .input = &input,
					 .signal_mask = network->tool->runtime.signal_mask },
			&child);
	return r == 0 ? child_wait(&child, ret) : r;
}

/* "bridge" of "CNI bridge plugin v1.2.0"; NULL: it says something else of itself. */
static char *name_of_itself(const struct spawned *spawned)
{
	const char *said = spawned->errors.len ? spawned->errors.s : spawned->output.s;
	size_t size;

	if (!said || !text_starts_with(said, "CNI "))
		return NULL;
	said += strlen("CNI ");
	size = strcspn(said, " \n");
	return strncmp(said + size, " plugin", strlen(" plugin")) == 0 ? xstrndup(said, size)
								       : NULL;
}

static bool answers_version(const struct spawned *spawned)
{
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;

	return spawned->output.len &&
	       json_parse(spawned->output.s, spawned->output.len, &json, &why) == 0 &&
	       json_get(json, "cniVersion");
}

static void complain_mistaken(struct network *network, const char *path, const char *what)
{
	finding_advise(findings_add(network->findings, PLUGIN_MISTAKEN, xstrdup(""), "%s %s", path,
				    what),
		       xasprintf("put the right program there: `cnitool install --to %.*s` does so "
				 "for those of this project",
				 (int)(strrchr(path, '/') - path), path));
	network->has_plugins = false;
}

static void exam_running(struct network *network, const char *path, const char *type)
{
	cleanup_spawned struct spawned version = { 0 }, about = { 0 };
	cleanup_free char *name = NULL, *what = NULL;

	if (run(network, path, "CNI_COMMAND=VERSION", &version) < 0)
		return;
	if (!answers_version(&version)) {
		complain_mistaken(network, path,
				  "is no CNI plugin: it does not answer the verb VERSION");
		return;
	}
	if (run(network, path, "CNI_COMMAND=", &about) < 0)
		return;
	name = name_of_itself(&about);
	if (!name || text_equal(name, type))
		return;
	what = xasprintf("is the plugin %s under another name", name);
	complain_mistaken(network, path, what);
}

void exam_file(struct network *network, const char *path, const char *type)
{
	cleanup_free char *word = foreign_word(path);

	if (!is_program(path)) {
		finding_advise(findings_add(network->findings, PLUGIN_UNUSABLE, xstrdup(""),
					    "%s is no program", path),
			       xasprintf("put the program %s there", type));
		network->has_plugins = false;
	} else if (access(path, X_OK) < 0) {
		findings_add(network->findings, PLUGIN_UNUSABLE, xasprintf("chmod 755 %s", word),
			     "%s is not executable", path);
		network->has_plugins = false;
	} else {
		exam_running(network, path, type);
	}
}
