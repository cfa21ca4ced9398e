/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the files of the cache are, how they are written and found. Their content is in cached.c.
 */
#include "runtime/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "runtime/base64.h"
#include "runtime/canon.h"

enum { FOLDER_MODE = 0700 };

/* The file of an attachment; the caller frees it. */
static char *cache_path(const char *folder, const char *network, const struct container *container)
{
	return xasprintf("%s/results/%s-%s-%s", folder, network, container->id, container->ifname);
}

/*
 * Where a file is written before it gets its name; the caller frees it. No attachment has this
 * name: those of networks do not begin with a dot.
 */
static char *temporary_path(const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	return xasprintf("%.*s.%s.new", (int)(name - path), path, name);
}

bool cache_has(const char *folder, const char *network, const struct container *container)
{
	cleanup_free char *path = cache_path(folder, network, container);

	return access(path, F_OK) == 0;
}

static int read_path(const char *path, struct cached *ret)
{
	cleanup_text struct text bytes = { 0 };
	cleanup_close int fd = file_open_regular(AT_FDCWD, path);
	struct stat st;
	int r;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	r = file_read_fd(fd, &bytes);
	if (r < 0)
		return r;
	if (cached_parse(bytes.s ? bytes.s : "", bytes.len, ret) < 0)
		return -EBADMSG;
	ret->written = st.st_mtim;
	return 0;
}

int cache_read(const char *folder, const char *network, const struct container *container,
	       struct cached *ret, struct cni_error *err)
{
	cleanup_free char *path = cache_path(folder, network, container);
	int r = read_path(path, ret);

	if (r == -EBADMSG)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "%s holds no result", path);
	return r == 0;
}

static void add_container(struct json_writer *w, const struct container *container)
{
	const struct container_args *args = container->args;

	if (*container->netns)
		json_string(w, "netns", container->netns);
	if (args && args->count > 0) {
		json_open(w, "cniArgs", '[');
		for (size_t i = 0; i < args->count; i++) {
			json_open(w, NULL, '[');
			json_string(w, NULL, args->items[i].key);
			json_string(w, NULL, args->items[i].value);
			json_close(w, ']');
		}
		json_close(w, ']');
	}
	if (container->capabilities && container->capabilities->child)
		canon_value(w, "capabilityArgs", container->capabilities);
}

static void print_entry(const struct cache_entry *entry, const cJSON *result, struct text *out)
{
	struct json_writer w = { .out = out, .compact = true };
	cleanup_text struct text config = { 0 };

	base64_encode(entry->config->s, entry->config->len, &config);
	json_open(&w, NULL, '{');
	json_string(&w, "kind", "cniCacheV1");
	json_string(&w, "containerId", entry->container->id);
	json_string(&w, "config", config.s ? config.s : "");
	json_string(&w, "ifName", entry->container->ifname);
	json_string(&w, "networkName", entry->network);
	add_container(&w, entry->container);
	if (result->child)
		canon_value(&w, "result", result);
	json_close(&w, '}');
}

static int write_file(const char *path, const struct text *text)
{
	cleanup_free char *temporary = temporary_path(path);
	cleanup_close int fd = file_open_fresh(AT_FDCWD, temporary);
	int r;

	if (fd < 0)
		return fd;
	r = file_write_fd(fd, text->s, text->len);
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(temporary); /* the first failure counts */
	return r;
}

int cache_write(const char *folder, const struct cache_entry *entry, struct cni_error *err)
{
	cleanup_free char *path = cache_path(folder, entry->network, entry->container);
	cleanup_free char *results = xasprintf("%s/results", folder);
	cleanup_text struct text text = { 0 };
	cleanup_json cJSON *result = NULL;
	cleanup_free char *why = NULL;
	int r;

	if (canon_parse(entry->result, strlen(entry->result), &result, &why) < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, 0,
				"failed to set network \"%s\" cached result: %s", entry->network,
				why);
	print_entry(entry, result, &text);
	r = file_make_folders(results, FOLDER_MODE) ?: write_file(path, &text);
	if (r < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, -r,
				"failed to set network \"%s\" cached result: open %s",
				entry->network, path);
	return 0;
}

int cache_delete(const char *folder, const char *network, const struct container *container)
{
	cleanup_free char *path = cache_path(folder, network, container);
	cleanup_free char *temporary = temporary_path(path);

	(void)unlink(temporary); /* of an ADD that was killed */
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* A file that another program removes or that is none of ours is no failure. */
static int take_file(const char *path, const char *network, struct cache_list *list)
{
	cleanup_cached struct cached cached = { 0 };
	int r = read_path(path, &cached);

	if (r == -ENOENT || r == -EISDIR || r == -EINVAL || r == -EBADMSG)
		return 0;
	if (r < 0)
		return r;
	if (text_is_empty(cached.network) || text_is_empty(cached.ifname))
		return 0;
	if (network && !text_equal(network, cached.network))
		return 0;
	list->items = xgrow(list->items, list->count, sizeof(cached));
	list->items[list->count++] = cached;
	cached = (struct cached){ 0 };
	return 0;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int fail_read(const char *path, int r, struct cni_error *err)
{
	return cni_fail(err, CNI_ERR_INTERNAL, -r, "failed to read cached results: %s", path);
}

int cache_list(const char *folder, const char *network_or_null, struct cache_list *ret,
	       struct cni_error *err)
{
	cleanup_free char *results = xasprintf("%s/results", folder);
	struct dirent **entries;
	int count = scandir(results, &entries, is_visible, compare_names);
	int so_far = 0;

	if (count < 0)
		return errno == ENOENT ? 0 : fail_read(results, -errno, err);
	for (int i = 0; i < count; i++) {
		cleanup_free struct dirent *entry = entries[i];
		cleanup_free char *path = xasprintf("%s/%s", results, entry->d_name);
		int r = take_file(path, network_or_null, ret);

		if (r < 0)
			so_far = fail_read(path, r, err);
	}
	free(entries);
	return so_far;
}

void cache_list_release(struct cache_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		cached_release(&list->items[i]);
	free(list->items);
	*list = (struct cache_list){ 0 };
}
