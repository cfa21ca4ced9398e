/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How arguments and environment become a request. */
#include "target.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "net/node.h"
#include "picture.h"
#include "runtime/canon.h"
#include "runtime/load.h"

const char *target_ifname(const struct tool *tool)
{
	const char *ifname = tool->options.ifname;

	if (text_is_empty(ifname))
		ifname = getenv("CNI_IFNAME");
	return text_is_empty(ifname) ? DEFAULT_IFNAME : ifname;
}

static int read_capabilities(const char *text, cJSON **ret, struct cni_error *err)
{
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;

	if (text_is_empty(text))
		return 0;
	if (canon_parse(text, strlen(text), &json, &why) < 0)
		return cni_fail(err, CNI_ERR_ENVIRONMENT, 0, "CAP_ARGS: %s", why);
	if (!cJSON_IsObject(json) && !cJSON_IsNull(json))
		return cni_fail(
			err, CNI_ERR_ENVIRONMENT, 0,
			"CAP_ARGS: json: cannot unmarshal %s into Go value of type map[string]interface {}",
			json_type_name(json));
	if (cJSON_IsObject(json))
		*ret = steal(&json);
	return 0;
}

int target_read_environment(struct target *target, struct cni_error *err)
{
	const char *args = getenv("CNI_ARGS");

	return read_capabilities(getenv("CAP_ARGS"), &target->capabilities, err)
		       ?: (!text_is_empty(args) ? container_args_parse(args, &target->args, err)
						: 0);
}

/* Removes the last element of what has been written so far. */
static void go_up(struct text *path)
{
	while (path->len > 0 && path->s[path->len - 1] != '/')
		path->len--;
	if (path->len > 0)
		path->len--;
	if (path->s)
		path->s[path->len] = '\0';
}

char *path_absolute(const char *path)
{
	cleanup_free char *here = *path == '/' ? NULL : getcwd(NULL, 0);
	cleanup_free char *whole = xasprintf("%s/%s", here ? here : "", path);
	cleanup_text struct text text = { 0 };
	size_t size;

	for (const char *part = whole; *part; part += size + (part[size] == '/')) {
		size = strcspn(part, "/");
		if (size == 0 || (size == 1 && *part == '.'))
			continue;
		if (size == 2 && text_starts_with(part, "..")) {
			go_up(&text);
			continue;
		}
		text_add(&text, "/");
		text_add_bytes(&text, part, size);
	}
	return xstrdup(text.len ? text.s : "/");
}

/* The number of a process that has ended may be that of one in another container. */
bool path_is_same_place(const char *cached, const char *path)
{
	return text_equal(cached, path) ||
	       (*cached && !node_path_is_of_process(cached) && node_is_at_both(cached, path));
}

/* Names are compared, and broken files are none's. */
static int has_name(const char *path, void *data)
{
	cleanup_list struct network_list list = { 0 };
	cleanup_error struct cni_error ignored = { 0 };

	return load_file(path, &list, &ignored) == 0 && text_equal(list.name, data);
}

static bool is_attached(const struct picture *picture, const char *network)
{
	const struct space *host = &picture->spaces[0];

	for (size_t i = 0; i < picture->cache.count; i++)
		if (text_equal(picture->cache.items[i].network, network))
			return true;
	for (size_t i = 0; i < host->link_count; i++)
		if (host->links[i].network && text_equal(host->links[i].network, network))
			return true;
	return false;
}

int target_check_network(const struct tool *tool, const struct picture *picture,
			 struct cni_error *err)
{
	cleanup_error struct cni_error ignored = { 0 };
	char *network = tool->arguments[0];
	int r;

	if (!network || is_attached(picture, network) ||
	    load_each_file(tool->folder, has_name, network, &ignored) > 0)
		return 0;
	r = cni_fail(err, CNI_ERR_INTERNAL, 0,
		     "no network has the name \"%s\", neither in %s nor among the attachments",
		     network, tool->folder);
	cni_error_details(err, "`cnitool list` tells the networks of NETCONFPATH");
	return r;
}

int target_read(const struct tool *tool, struct target *ret, struct cni_error *err)
{
	cleanup_target struct target target = { 0 };
	int r = load_network(tool->folder, tool->arguments[0], &target.list, err)
			?: target_read_environment(&target, err);

	if (r < 0)
		return r;
	target.netns = path_absolute(tool->arguments[1]);
	target.id = container_id_of(target.netns);
	*ret = target;
	target = (struct target){ 0 };
	ret->container = (struct container){
		.id = ret->id,
		.netns = ret->netns,
		.ifname = target_ifname(tool),
		.args = &ret->args,
		.capabilities = ret->capabilities,
	};
	return 0;
}

void target_release(struct target *target)
{
	list_release(&target->list);
	container_args_release(&target->args);
	cJSON_Delete(target->capabilities);
	free(target->netns);
	free(target->id);
}

bool terminal_wants_colour(void)
{
	const char *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && text_is_empty(getenv("NO_COLOR")) &&
	       !(terminal && text_equal(terminal, "dumb"));
}
