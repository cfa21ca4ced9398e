/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the files in which the settings from before an ADD are kept. */
#include "backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/signals.h"
#include "types/json.h"

static const char suffix[] = ".json", unfinished[] = ".new";

static char *path_of(const char *dir, const struct attachment *attachment)
{
	return xasprintf("%s/%s_%s%s", dir, attachment->container_id, attachment->ifname, suffix);
}

void backup_release(struct backup *backup)
{
	cJSON_Delete(backup->json);
	*backup = (struct backup){ .settings = SETTINGS_NONE };
}

/* What does not fit counts as not given. */
static int number_of(const cJSON *json, const char *key)
{
	const cJSON *value = json_get_exact(json, key);
	long number;

	return value && json_is_integer(value, &number) && number >= 0 && number <= INT_MAX
		       ? (int)number
		       : -1;
}

static int bool_of(const cJSON *json, const char *key)
{
	const cJSON *value = json_get_exact(json, key);

	return cJSON_IsBool(value) ? cJSON_IsTrue(value) : -1;
}

static struct settings settings_of_json(const cJSON *json)
{
	const cJSON *mac = json_get_exact(json, "mac");
	struct settings settings = {
		.promisc = bool_of(json, "promisc"),
		.allmulti = bool_of(json, "allmulti"),
		.mtu = number_of(json, "mtu"),
		.queue = number_of(json, "txQLen"),
	};

	settings.has_mac = cJSON_IsString(mac) && mac_parse(mac->valuestring, settings.mac) == 0;
	return settings;
}

static int read_json(int dir_fd, const char *path, cJSON **ret)
{
	cleanup_text struct text text = { 0 };
	cleanup_free char *why = NULL;
	int r = file_read_at(dir_fd, path, &text);

	if (r < 0)
		return r;
	r = json_parse(text.s ? text.s : "", text.len, ret, &why);
	return r < 0 ? -EBADMSG : 0;
}

int backup_read(const char *dir, const struct attachment *attachment, struct backup *ret)
{
	cleanup_free char *path = path_of(dir, attachment);
	int r;

	*ret = (struct backup){ .settings = SETTINGS_NONE };
	r = read_json(AT_FDCWD, path, &ret->json);
	if (r == -ENOENT || r == -ENOTDIR || r == -ENAMETOOLONG)
		return 0;
	if (r < 0)
		return r;
	ret->settings = settings_of_json(ret->json);
	ret->sysctls = json_get_exact(ret->json, "sysctl");
	if (!cJSON_IsObject(ret->sysctls))
		ret->sysctls = NULL;
	return 1;
}

static void print_sysctls(struct json_writer *w, const cJSON *before,
			  const struct tuning_conf *conf, const struct sysctl_values *values)
{
	const cJSON *item;

	json_open(w, "sysctl", '{');
	cJSON_ArrayForEach(item, before)
	{
		if (cJSON_IsString(item))
			json_string(w, item->string, item->valuestring);
	}
	for (size_t i = 0; values && i < values->count; i++) {
		if (values->items[i] && !json_get_exact(before, conf->sysctls[i].key))
			json_string(w, conf->sysctls[i].key, values->items[i]);
	}
	json_close(w, '}');
}

static void print(struct text *out, const char *owner, const struct backup *backup,
		  const struct tuning_conf *conf, const struct sysctl_values *values)
{
	const struct settings *settings = &backup->settings;
	struct json_writer w = { .out = out };
	char mac[MAC_TEXT];

	json_open(&w, NULL, '{');
	if (settings->has_mac)
		json_string(&w, "mac", mac_print(settings->mac, mac));
	if (settings->promisc >= 0)
		json_bool(&w, "promisc", settings->promisc);
	if (settings->mtu >= 0)
		json_integer(&w, "mtu", settings->mtu);
	if (settings->allmulti >= 0)
		json_bool(&w, "allmulti", settings->allmulti);
	if (settings->queue >= 0)
		json_integer(&w, "txQLen", settings->queue);
	if (values || backup->sysctls)
		print_sysctls(&w, backup->sysctls, conf, values);
	json_string(&w, "owner", owner);
	json_close(&w, '}');
}

static int write_file(const char *path, const struct text *text)
{
	cleanup_free char *other = xasprintf("%s%s", path, unfinished);
	cleanup_close int fd = file_open_fresh(AT_FDCWD, other);
	int r = fd < 0 ? fd : file_write_fd(fd, text->s, text->len);

	if (r == 0 && rename(other, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(other); /* the next ADD begins it anew */
	return r;
}

int backup_write(const char *dir, const struct attachment *attachment, const struct backup *backup,
		 const struct tuning_conf *conf, const struct sysctl_values *values,
		 struct cni_error *err)
{
	const struct owner owner = owner_of(attachment);
	cleanup_free char *path = path_of(dir, attachment);
	cleanup_text struct text text = { 0 };
	int r = file_make_folders(dir, 0700);

	if (r == 0) {
		print(&text, owner.text, backup, conf, values);
		r = write_file(path, &text);
	}
	if (r == 0)
		return 0;
	(void)cni_fail(err, CNI_ERR_STORE, -r, "cannot write %s", path);
	cni_error_details(err, "it keeps what the container had before; dataDir says where");
	return r;
}

/* Where a system call cannot even look, an ADD cannot have written. A folder is none of ours. */
static bool has_file(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG &&
		       errno != ELOOP;
	return !S_ISDIR(st.st_mode);
}

int backup_remove(const char *dir, const struct attachment *attachment)
{
	cleanup_free char *path = path_of(dir, attachment);
	cleanup_free char *other = xasprintf("%s%s", path, unfinished);
	int r;

	(void)unlink(other); /* of an ADD that was killed: mostly there is none */
	r = unlink(path) < 0 ? -errno : 0;
	return r < 0 && has_file(path) ? r : 0; /* -EROFS says nothing of the file */
}

static bool ends_with(const char *name, const char *end)
{
	size_t size = strlen(name), end_size = strlen(end);

	return size > end_size && text_equal(name + size - end_size, end);
}

/* 1, 0, or -errno for a file that may be one and cannot be read. */
static int is_stale(int dir_fd, const char *name, const char *network, struct attachments *valid)
{
	cleanup_json cJSON *json = NULL;
	const cJSON *owner;
	int r;

	if (!ends_with(name, suffix) && !ends_with(name, unfinished))
		return 0;
	r = read_json(dir_fd, name, &json);
	if (r < 0)
		return r == -EBADMSG || r == -ENOENT || r == -EISDIR || r == -EINVAL ? 0 : r;
	owner = json_get_exact(json, "owner");
	return cJSON_IsString(owner) && owner_text_is_of_network(owner->valuestring, network) &&
	       !attachments_keep(owner->valuestring, valid);
}

/* 0 or -errno; a file that is gone by now is as good. */
static int collect_one(int dir_fd, const char *name, const char *network, struct attachments *valid)
{
	int r = is_stale(dir_fd, name, network, valid);

	if (r > 0 && unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT)
		return -errno;
	return r < 0 ? r : 0;
}

static void close_dir(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir); /* only read */
}

int backup_collect(const char *dir, const char *network, struct attachments *valid,
		   struct cni_error *err)
{
	cleanup_with(close_dir) DIR *folder = opendir(dir);
	const struct dirent *entry;
	size_t turn = 0;
	int r, first = 0;

	if (!folder && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (!folder)
		return cni_fail(err, CNI_ERR_STORE, errno, "cannot read %s", dir);
	while ((entry = readdir(folder))) {
		if (signals_in_turn(turn++) < 0)
			return cni_fail(err, CNI_ERR_TRY_LATER, EINTR, "GC of %s", dir);
		r = collect_one(dirfd(folder), entry->d_name, network, valid);
		if (r < 0 && first == 0)
			first = cni_fail(err, CNI_ERR_STORE, -r, "cannot collect %s/%s", dir,
					 entry->d_name);
	}
	return first;
}
