/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose namespace it is: a process in it tells by its control group, an attachment by its mark. */
#include "called.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/file.h"
#include "roster.h"
#include "types/json.h"

enum { ID_SIZE = 64 };

#define DOCKER "/var/lib/docker/containers"
#define CONTAINERD "/run/containerd/io.containerd.runtime.v2.task"

/* The lists of all containers, read once, and what is in them by the id. */
struct storage {
	cJSON *lists[2];
	struct roster ids;
	const char **names; /* of the lists; one for each place in `ids` */
	size_t count;
};

static cJSON *read_json(const char *path)
{
	cleanup_text struct text text = { 0 };
	cleanup_free char *why = NULL;
	cJSON *json = NULL;

	if (file_read_at(AT_FDCWD, path, &text) < 0 || !text.s ||
	    json_parse(text.s, text.len, &json, &why) < 0)
		return NULL;
	return json;
}

static void storage_release(struct storage *storage)
{
	for (size_t i = 0; i < array_size(storage->lists); i++)
		cJSON_Delete(storage->lists[i]);
	roster_release(&storage->ids);
	free(storage->names);
}

static const char *string_at(const cJSON *object, const char *key)
{
	const cJSON *value = json_get_exact(object, key);

	return cJSON_IsString(value) && *value->valuestring ? value->valuestring : NULL;
}

static void take_container(struct storage *storage, const cJSON *item)
{
	const char *id = string_at(item, "id");
	const cJSON *names = json_get_exact(item, "names");

	if (!id || !cJSON_IsArray(names) || !cJSON_IsString(names->child))
		return;
	roster_add(&storage->ids, id, storage->count);
	storage->names = xgrow(storage->names, storage->count, sizeof(*storage->names));
	storage->names[storage->count++] = names->child->valuestring;
}

static struct storage storage_read(void)
{
	static const char *const drivers[] = { "overlay", "vfs" };
	struct storage storage = { 0 };

	for (size_t i = 0; i < array_size(drivers); i++) {
		cleanup_free char *path =
			xasprintf("/var/lib/containers/storage/%s-containers/containers.json",
				  drivers[i]);

		storage.lists[i] = read_json(path);
		for (const cJSON *item = storage.lists[i] ? storage.lists[i]->child : NULL; item;
		     item = item->next)
			take_container(&storage, item);
	}
	roster_sort(&storage.ids);
	return storage;
}

/* An id of an attachment may be anybody's choice; only such a one is part of a path. */
static bool is_id(const char *text)
{
	size_t size = strspn(text, "0123456789abcdef");

	return size == ID_SIZE && !isalnum((unsigned char)text[size]);
}

static char *called_by_storage(const struct storage *storage, const char *id)
{
	int at = roster_find(&storage->ids, id);

	return at < 0 ? NULL : xstrdup(storage->names[at]);
}

static char *called_by_docker(const char *id)
{
	cleanup_free char *path = xasprintf(DOCKER "/%s/config.v2.json", id);
	cleanup_json cJSON *json = read_json(path);
	const char *name = string_at(json, "Name");

	return name ? xstrdup(name + (*name == '/')) : NULL;
}

/* A pod by its namespace and name, else what nerdctl calls it. */
static char *called_in_specification(const char *path)
{
	cleanup_json cJSON *json = read_json(path);
	const cJSON *notes = json_get_exact(json, "annotations");
	const char *pod = string_at(notes, "io.kubernetes.cri.sandbox-name");
	const char *namespace = string_at(notes, "io.kubernetes.cri.sandbox-namespace");
	const char *name = string_at(notes, "nerdctl/name");

	if (pod && namespace)
		return xasprintf("%s/%s", namespace, pod);
	if (pod || name)
		return xstrdup(pod ? pod : name);
	return NULL;
}

static char *called_by_containerd(const char *id)
{
	DIR *dir = opendir(CONTAINERD);
	const struct dirent *entry;
	char *name = NULL;

	while (dir && !name && (entry = readdir(dir))) {
		cleanup_free char *path = xasprintf(CONTAINERD "/%s/%s/config.json", entry->d_name,
						    id);

		if (entry->d_name[0] != '.')
			name = called_in_specification(path);
	}
	if (dir)
		(void)closedir(dir); /* only read */
	return name;
}

/* Takes `name`; false when there is none. */
static bool call(struct space *space, char *name, const char *runtime)
{
	if (!name)
		return false;
	space->container = name;
	space->runtime = runtime;
	return true;
}

static bool call_by_id(struct space *space, const struct storage *storage, const char *text)
{
	cleanup_free char *id = xasprintf("%.*s", ID_SIZE, text);

	return is_id(text) && (call(space, called_by_storage(storage, id), "podman") ||
			       call(space, called_by_docker(id), "docker") ||
			       call(space, called_by_containerd(id), "containerd"));
}

/* The outermost id counts: what is below it the container itself may have made. */
static bool call_by_process(struct space *space, const struct storage *storage)
{
	cleanup_free char *path = xasprintf("/proc/%ld/cgroup", space->process);
	cleanup_text struct text groups = { 0 };

	if (!space->process || file_read_at(AT_FDCWD, path, &groups) < 0 || !groups.s)
		return false;
	for (const char *at = groups.s; *at; at++) {
		if (isalnum((unsigned char)*at) &&
		    (at == groups.s || !isalnum((unsigned char)at[-1])) && is_id(at))
			return call_by_id(space, storage, at);
	}
	return false;
}

static void call_space(struct space *space, const struct storage *storage)
{
	if (call_by_process(space, storage))
		return;
	for (size_t i = 0; i < space->link_count; i++)
		if (space->links[i].container_id &&
		    call_by_id(space, storage, space->links[i].container_id))
			return;
}

void spaces_call(struct picture *picture)
{
	cleanup_with(storage_release) struct storage storage = storage_read();

	for (size_t i = 1; i < picture->space_count; i++)
		call_space(&picture->spaces[i], &storage);
}
