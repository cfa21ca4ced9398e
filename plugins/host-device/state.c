/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the folder and the form of the files. */
#include "state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "names.h"
#include "types/json.h"

static const char folder[] = "/run/cni/host-device";

/* An owner's text with another separator, which no part of it can have either. */
enum { SEPARATOR = '|' };

/* No network's name begins with a dot, so what has one before it is nobody's file. */
static char *path_below(const char *before, const char *owner)
{
	char *path = xasprintf("%s/%s%s", folder, before, owner);

	for (char *at = path + sizeof(folder); *at; at++)
		if (*at == '/')
			*at = SEPARATOR;
	return path;
}

static char *path_of(const char *owner, bool is_fresh)
{
	return path_below(is_fresh ? "." : "", owner);
}

char *state_passage(const char *owner)
{
	return path_below("..", owner);
}

static void write_list(struct json_writer *w, const char *key, const struct strings *strings)
{
	json_open(w, key, '[');
	for (size_t i = 0; i < strings->count; i++)
		json_string(w, NULL, strings->items[i]);
	json_close(w, ']');
}

static void write_identity(struct json_writer *w, const char *key, const struct identity *identity)
{
	json_open(w, key, '{');
	json_integer(w, "index", identity->index);
	json_string(w, "kind", identity->kind);
	json_string(w, "parent", identity->parent);
	json_integer(w, "peer", identity->peer);
	json_bool(w, "peerIsElsewhere", identity->peer_is_elsewhere);
	json_integer(w, "peerNetns", identity->peer_netns);
	json_close(w, '}');
}

static void print(const struct state *state, struct text *out)
{
	struct json_writer w = { .out = out };
	char mac[MAC_TEXT];

	json_open(&w, NULL, '{');
	json_string(&w, "owner", state->owner);
	json_string(&w, "name", state->name);
	json_string(&w, "wayName", state->way_name);
	json_string(&w, "otherEnd", state->other_end);
	write_identity(&w, "was", &state->was);
	write_identity(&w, "is", &state->is);
	json_bool(&w, "isOut", state->is_out);
	json_integer(&w, "flags", state->flags);
	json_integer(&w, "mtu", state->mtu);
	json_integer(&w, "queue", state->queue);
	json_string(&w, "mac", state->has_mac ? mac_print(state->mac, mac) : "");
	json_string(&w, "netns", state->netns_path);
	json_integer(&w, "netnsDevice", (long)state->netns.device);
	json_integer(&w, "netnsInode", (long)state->netns.inode);
	write_list(&w, "alternativeNames", &state->alternative_names);
	write_list(&w, "settings", &state->settings);
	write_list(&w, "addresses", &state->belongings.addresses);
	write_list(&w, "routes", &state->belongings.routes);
	json_close(&w, '}');
	text_add(out, "\n");
}

static int write_file(const char *path, const struct text *text)
{
	cleanup_close int fd = file_open_fresh(AT_FDCWD, path);
	int r = fd < 0 ? fd : file_write_fd(fd, text->s, text->len);

	if (r < 0 && fd >= 0)
		(void)unlink(path); /* the first error is the one to tell */
	return r;
}

int state_write(const struct state *state, struct cni_error *err)
{
	cleanup_free char *path = path_of(state->owner, false);
	cleanup_free char *fresh = path_of(state->owner, true);
	cleanup_text struct text text = { 0 };
	int r;

	print(state, &text);
	r = file_make_folders(folder, 0700) ?: write_file(fresh, &text);
	if (r == 0 && rename(fresh, path) < 0)
		r = -errno;
	if (r < 0)
		return cni_fail(err, CNI_ERR_IO, -r, "failed to write %s", path);
	return 0;
}

int state_remove(const char *owner, struct cni_error *err)
{
	cleanup_free char *path = path_of(owner, false);
	cleanup_free char *fresh = path_of(owner, true);

	(void)unlink(fresh); /* there is one only where an ADD was killed while it wrote */
	if (unlink(path) == 0 || errno == ENOENT)
		return 0;
	return cni_fail(err, CNI_ERR_IO, errno, "failed to remove %s", path);
}

static const char *text_of(const cJSON *json, const char *key)
{
	const cJSON *value = json_get_exact(json, key);

	return cJSON_IsString(value) ? value->valuestring : "";
}

static long number_of(const cJSON *json, const char *key)
{
	long number = 0;
	const cJSON *value = json_get_exact(json, key);

	return value && json_is_integer(value, &number) ? number : 0;
}

static void read_list(const cJSON *json, const char *key, struct strings *into)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_get_exact(json, key))
	{
		if (cJSON_IsString(item))
			strings_add(into, item->valuestring);
	}
}

static void copy(char *into, size_t size, const char *text)
{
	(void)snprintf(into, size, "%s", text); /* it was written from a field of this size */
}

static void take_identity(const cJSON *json, struct identity *ret)
{
	copy(ret->kind, sizeof(ret->kind), text_of(json, "kind"));
	copy(ret->parent, sizeof(ret->parent), text_of(json, "parent"));
	ret->index = (int)number_of(json, "index");
	ret->peer = (int)number_of(json, "peer");
	ret->peer_is_elsewhere = cJSON_IsTrue(json_get_exact(json, "peerIsElsewhere"));
	ret->peer_netns = (int)number_of(json, "peerNetns");
}

static void take(const cJSON *json, struct state *ret)
{
	copy(ret->owner, sizeof(ret->owner), text_of(json, "owner"));
	copy(ret->name, sizeof(ret->name), text_of(json, "name"));
	copy(ret->way_name, sizeof(ret->way_name), text_of(json, "wayName"));
	copy(ret->other_end, sizeof(ret->other_end), text_of(json, "otherEnd"));
	take_identity(json_get_exact(json, "was"), &ret->was);
	take_identity(json_get_exact(json, "is"), &ret->is);
	ret->is_out = cJSON_IsTrue(json_get_exact(json, "isOut"));
	ret->flags = (uint32_t)number_of(json, "flags");
	if (!json_get_exact(json, "settings"))
		ret->flags |= IFF_MULTICAST; /* it was not noted then, and nearly all have it */
	ret->mtu = (int)number_of(json, "mtu");
	ret->queue = (int)number_of(json, "queue");
	ret->has_mac = mac_parse(text_of(json, "mac"), ret->mac) == 0;
	ret->netns_path = xstrdup(text_of(json, "netns"));
	ret->netns.device = (dev_t)number_of(json, "netnsDevice");
	ret->netns.inode = (ino_t)number_of(json, "netnsInode");
	read_list(json, "alternativeNames", &ret->alternative_names);
	read_list(json, "settings", &ret->settings);
	read_list(json, "addresses", &ret->belongings.addresses);
	read_list(json, "routes", &ret->belongings.routes);
}

int state_read(const char *owner, struct state *ret, struct cni_error *err)
{
	cleanup_free char *path = path_of(owner, false);
	cleanup_text struct text text = { 0 };
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;
	int r = file_read_at(AT_FDCWD, path, &text);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return cni_fail(err, CNI_ERR_IO, -r, "failed to read %s", path);
	r = json_parse(text.s ? text.s : "", text.len, &json, &why);
	if (r < 0 || !*text_of(json, "name") || !text_equal(text_of(json, "owner"), owner))
		return cni_fail(err, CNI_ERR_IO, EBADMSG, "%s is damaged", path);
	take(json, ret);
	return 1;
}

static void close_folder(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir); /* it was only read */
}

int state_each(int (*fn)(const char *owner, void *data), void *data)
{
	cleanup_with(close_folder) DIR *dir = opendir(folder);
	const struct dirent *entry;
	int r = 0;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while (r == 0 && (entry = readdir(dir))) {
		cleanup_free char *owner = xstrdup(entry->d_name);

		for (char *at = owner; *at; at++)
			if (*at == SEPARATOR)
				*at = '/';
		if (*owner != '.' && strchr(owner, '/'))
			r = fn(owner, data);
	}
	return r;
}

void state_release(struct state *state)
{
	belongings_release(&state->belongings);
	names_release(&state->alternative_names);
	names_release(&state->settings);
	free(state->netns_path);
	*state = (struct state){ 0 };
}
