/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which order files are looked at, and what a file may be called. */
#include "runtime/load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"

struct files {
	char **paths; /* sorted */
	size_t count;
};

static void files_release(struct files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->paths[i]);
	free(files->paths);
}

#define cleanup_files cleanup_with(files_release)

static bool has_ending(const char *name, const char *const *endings)
{
	const char *dot = strrchr(name, '.');

	for (; dot && *endings; endings++)
		if (text_equal(dot, *endings))
			return true;
	return false;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Where the file system tells no types, whatever is no folder will be read. */
static void take_entry(const char *folder, const struct dirent *entry, const char *const *endings,
		       struct files *files)
{
	if (entry->d_type == DT_DIR || !has_ending(entry->d_name, endings))
		return;
	files->paths = xgrow(files->paths, files->count, sizeof(char *));
	files->paths[files->count++] = xasprintf("%s%s%s", folder,
						 folder[strlen(folder) - 1] == '/' ? "" : "/",
						 entry->d_name);
}

static int find_files(const char *folder, const char *const *endings, struct files *ret,
		      struct cni_error *err)
{
	cleanup_files struct files files = { 0 };
	DIR *dir = opendir(*folder ? folder : ".");
	const struct dirent *entry;

	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return cni_fail(err, CNI_ERR_INTERNAL, errno, "open %s", folder);
	while ((entry = readdir(dir)))
		take_entry(folder, entry, endings, &files);
	(void)closedir(dir); /* only read */
	if (files.count > 1)
		qsort(files.paths, files.count, sizeof(char *), compare_paths);
	*ret = files;
	files = (struct files){ 0 };
	return 0;
}

static int read_file(const char *path, struct text *ret, struct cni_error *err)
{
	int r = file_read_at(AT_FDCWD, path, ret);

	return r < 0 ? cni_fail(err, CNI_ERR_INTERNAL, -r, "error reading %s: open %s", path, path)
		     : 0;
}

/* Folder <name> beside the file. */
static int add_drop_ins(const char *path, struct network_list *list, struct cni_error *err)
{
	static const char *const endings[] = { ".conf", NULL };
	cleanup_files struct files files = { 0 };
	const char *slash = strrchr(path, '/');
	cleanup_free char *folder = xasprintf("%.*s%s", slash ? (int)(slash - path + 1) : 0, path,
					      list->name);
	int r = find_files(folder, endings, &files, err);

	if (r < 0)
		cni_error_prefix(err, "failed to read plugin config files in %s", folder);
	for (size_t i = 0; r == 0 && i < files.count; i++) {
		cleanup_text struct text bytes = { 0 };

		r = read_file(files.paths[i], &bytes, err)
			    ?: list_add_plugin(list, bytes.s ? bytes.s : "", bytes.len, err);
	}
	return r;
}

static int load_list(const char *path, const struct text *bytes, struct network_list *list,
		     struct cni_error *err)
{
	int r = list_parse(bytes->s ? bytes->s : "", bytes->len, list, err)
			?: (!list->only_inlined ? add_drop_ins(path, list, err) : 0);

	if (r == 0 && list->plugin_count == 0)
		r = cni_fail(err, CNI_ERR_INTERNAL, 0, "no plugin configs found");
	return r;
}

int load_file(const char *path, struct network_list *ret, struct cni_error *err)
{
	static const char *const list_endings[] = { ".conflist", NULL };
	cleanup_list struct network_list list = { 0 };
	cleanup_text struct text bytes = { 0 };
	int r = read_file(path, &bytes, err);

	if (r < 0)
		return r;
	if (has_ending(path, list_endings))
		r = load_list(path, &bytes, &list, err);
	else
		r = list_parse_single(bytes.s ? bytes.s : "", bytes.len, &list, err);
	if (r < 0)
		return r;
	list.file = xstrdup(path);
	*ret = list;
	list = (struct network_list){ 0 };
	return 0;
}

static const char *const formats[][3] = { { ".conflist", NULL }, { ".conf", ".json", NULL } };

int load_each_file(const char *folder, load_fn *fn, void *data, struct cni_error *err)
{
	int r = 0;

	if (access(*folder ? folder : ".", F_OK) < 0) {
		int errnum = errno;

		r = cni_fail(err, CNI_ERR_INTERNAL, errnum, "no net configurations found in %s",
			     folder);
		cni_error_details(err, "NETCONFPATH names the folder of the configurations");
		return r;
	}

	for (size_t i = 0; r == 0 && i < array_size(formats); i++) {
		cleanup_files struct files files = { 0 };

		r = find_files(folder, formats[i], &files, err);
		for (size_t j = 0; r == 0 && j < files.count; j++)
			r = fn(files.paths[j], data);
	}
	return r;
}

struct wanted {
	const char *name;
	struct network_list *ret;
	struct cni_error *err;
	size_t seen;
};

/* 1: this is it. */
static int try_file(const char *path, void *data)
{
	struct wanted *wanted = data;
	cleanup_list struct network_list list = { 0 };
	int r = load_file(path, &list, wanted->err);

	wanted->seen++;
	if (r < 0) {
		cni_error_details(wanted->err, "the file is %s", path);
		return r;
	}
	if (!text_equal(list.name, wanted->name))
		return 0;
	*wanted->ret = list;
	list = (struct network_list){ 0 };
	return 1;
}

int load_network(const char *folder, const char *name, struct network_list *ret,
		 struct cni_error *err)
{
	struct wanted wanted = { .name = name, .ret = ret, .err = err };
	int r = load_each_file(folder, try_file, &wanted, err);

	if (r != 0)
		return r < 0 ? r : 0;
	if (wanted.seen == 0) {
		r = cni_fail(err, CNI_ERR_INTERNAL, 0, "no net configurations found in %s", folder);
		cni_error_details(err, "put a .conflist there, or name its folder in NETCONFPATH");
		return r;
	}
	r = cni_fail(err, CNI_ERR_INTERNAL, 0, "no net configuration with name \"%s\" in %s", name,
		     folder);
	cni_error_details(err, "`cnitool list` tells the names of those in NETCONFPATH");
	return r;
}
