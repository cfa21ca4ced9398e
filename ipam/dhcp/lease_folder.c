/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows what the file of a lease says. */
#include "lease_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/sha512.h"
#include "base/warn.h"
#include "lease_json.h"
#include "types/json.h"

enum { NAME_DIGITS = 32, NAME_SIZE = NAME_DIGITS + 6 };

static const char suffix[] = ".json";
static const char socket_suffix[] = ".sock";

char *lease_folder_path(const char *socket_path)
{
	const size_t size = strlen(socket_path), end = sizeof(socket_suffix) - 1;

	if (size > end && text_equal(socket_path + size - end, socket_suffix))
		return xstrndup(socket_path, size - end);
	return xasprintf("%s.leases", socket_path);
}

/* Times are those of one boot; so are namespaces. */
static void read_boot(struct lease_folder *folder)
{
	cleanup_text struct text text = { 0 };

	if (file_read_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", &text) < 0 || !text.s)
		return;
	text.s[strcspn(text.s, "\n")] = '\0';
	(void)strncpy(folder->boot, text.s, sizeof(folder->boot) - 1);
}

int lease_folder_open(const char *path, bool create, struct lease_folder *ret)
{
	cleanup_close int fd = -1;
	int r = create ? file_make_folders(path, 0700) : 0;

	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	*ret = (struct lease_folder){ .fd = steal_fd(&fd) };
	read_boot(ret);
	return 0;
}

bool lease_folder_is_there(const struct lease_folder *folder)
{
	struct stat st;

	if (folder->fd < 0)
		return false;
	return fstat(folder->fd, &st) < 0 || st.st_nlink > 0; /* unknown is not gone */
}

void lease_folder_close(struct lease_folder *folder)
{
	close_fd(&folder->fd);
	folder->fd = -1;
}

static void name_of(const char *owner, char ret[NAME_SIZE])
{
	sha512_hex(owner, NAME_DIGITS, ret);
	memcpy(ret + NAME_DIGITS, suffix, sizeof(suffix));
}

/* Nobody reads a file that is half written: it has its name only when it is whole. */
static int write_whole(const struct lease_folder *folder, const char *name, const struct text *text)
{
	static const char half[] = "half-written";
	cleanup_close int fd = file_open_fresh(folder->fd, half);
	int r;

	if (fd < 0)
		return fd;
	r = file_write_fd(fd, text->s, text->len);
	if (r == 0 && renameat(folder->fd, half, folder->fd, name) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(folder->fd, half, 0); /* the first failure is told */
	return r;
}

int lease_folder_write(const struct lease_folder *folder, const struct holding *holding)
{
	cleanup_text struct text text = { 0 };
	char name[NAME_SIZE];

	name_of(holding->owner, name);
	lease_json_write(holding, folder->boot, &text);
	return write_whole(folder, name, &text);
}

void lease_folder_remove(const struct lease_folder *folder, const char *owner)
{
	char name[NAME_SIZE];

	name_of(owner, name);
	(void)unlinkat(folder->fd, name, 0); /* it may never have been written */
}

static int read_file(const struct lease_folder *folder, const char *name, struct holding **ret)
{
	cleanup_text struct text text = { 0 };
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;
	int r = file_read_at(folder->fd, name, &text);

	if (r < 0)
		return r;
	if (json_parse(text.s ? text.s : "", text.len, &json, &why) < 0)
		return -EBADMSG;
	return lease_json_read(json, folder->boot, ret);
}

int lease_folder_read(const struct lease_folder *folder, const char *owner, struct holding **ret)
{
	struct holding *holding;
	char name[NAME_SIZE];
	int r;

	name_of(owner, name);
	r = read_file(folder, name, &holding);
	if (r < 0)
		return r;
	if (!text_equal(holding->owner, owner)) {
		holding_free(holding);
		return -EBADMSG;
	}
	*ret = holding;
	return 0;
}

static bool is_lease_name(const char *name)
{
	return strlen(name) == NAME_SIZE - 1 && text_equal(name + NAME_DIGITS, suffix);
}

static void drop_stream(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

int lease_folder_each(const struct lease_folder *folder, lease_folder_fn *fn, void *data)
{
	cleanup_with(drop_stream) DIR *dir = NULL;
	int fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		int r = -errno;

		close_fd(&fd);
		return r;
	}
	for (const struct dirent *entry; (entry = readdir(dir));) {
		struct holding *holding;
		int r;

		if (!is_lease_name(entry->d_name))
			continue;
		r = read_file(folder, entry->d_name, &holding);
		if (r == 0)
			fn(holding, data);
		else
			cni_warn("%s: no lease of this boot, left as it is", entry->d_name);
	}
	return 0;
}
