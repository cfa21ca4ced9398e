/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cnitool install: from the image of a DaemonSet, or from an unpacked archive, into the folder
 * where a runtime looks for plugins and uses them meanwhile. Programs first, the configuration
 * last, since runtimes wait for it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/deadline.h"
#include "base/file.h"
#include "base/foreign.h"
#include "base/release.h"
#include "place.h"
#include "tool.h"

enum { LOCK_MS = 30000, PROGRAM_MODE = 0755, CONFIGURATION_MODE = 0644, FOLDER_UMASK = 0022 };

/* Where from and where to. */
struct move {
	int from, to; /* descriptors of the folders */
	const char *from_path, *to_path;
	bool ours_only; /* what lies beside the plugins is left where it is */
	bool unnamed;	/* the folder is this program's own, since nobody named one */
	struct text *out;
};

/* The folder that this program lies in; the caller frees it. */
static char *own_folder(void)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (length <= 0)
		return xstrdup("/");
	path[length] = '\0';
	slash = strrchr(path, '/');
	slash[slash == path ? 1 : 0] = '\0';
	return xstrdup(path);
}

static bool is_read_only(int r)
{
	return r == -EROFS || r == -EACCES || r == -EPERM;
}

/* "bridge v0.2.0", with what was there before. */
static void say(const struct move *move, const char *name, const char *what,
		const struct text *content, const char *before)
{
	cleanup_free char *version = content->s ? release_of(content->s, content->len) : NULL;

	foreign_add_word(move->out, name);
	text_addf(move->out, "%s%s: %s%s\n", version ? " " : "", version ? version : "", what,
		  before);
}

static char *before_text(int r, const struct text *old)
{
	cleanup_free char *version = NULL;

	if (r == -ENOENT)
		return xstrdup("new");
	version = r == 0 && old->s ? release_of(old->s, old->len) : NULL;
	return version ? xasprintf("replaced %s", version)
		       : xstrdup("replaced one of unknown version");
}

static bool is_ours(const struct text *content)
{
	cleanup_free char *version = content->s ? release_of(content->s, content->len) : NULL;

	return version;
}

/* Another owner could change the program that root starts. */
static bool is_as_placed(const struct stat *status, mode_t mode)
{
	return status->st_uid == geteuid() && (status->st_mode & 07777) == mode;
}

static bool is_same(const struct text *a, const struct text *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->s, b->s, a->len) == 0);
}

/* Other programs have the names of plugins, and may lie beside this one: iproute2 has a bridge. */
static int read_source(const struct move *move, const char *name, struct text *content,
		       struct cni_error *err)
{
	int r = file_read_at(move->from, name, content);

	if (r < 0)
		r = cni_fail(err, CNI_ERR_IO, -r, "cannot read %s/%s", move->from_path, name);
	else if (move->unnamed && !move->ours_only && !is_ours(content))
		r = cni_fail(err, CNI_ERR_INTERNAL, 0, "%s/%s is none of these plugins",
			     move->from_path, name);
	if (r < 0 && move->unnamed)
		cni_error_details(err, "name the folder of the plugins with --from");
	return r;
}

/* Installs one file. Its name is one, not a path. */
static int install_file(const struct move *move, const char *name, mode_t mode,
			struct cni_error *err)
{
	cleanup_text struct text content = { 0 }, old = { 0 };
	cleanup_free char *before = NULL;
	struct stat status = { 0 };
	int there, r;

	r = read_source(move, name, &content, err);
	if (r < 0)
		return r;
	if (move->ours_only && !is_ours(&content))
		return 0;
	there = place_read(move->to, name, &old, &status);
	if (there == 0 && is_as_placed(&status, mode) && is_same(&old, &content)) {
		say(move, name, "is there already", &content, "");
		return 0;
	}
	r = place_file(move->to, name, &content, mode);
	if (r < 0)
		return cni_fail(err, CNI_ERR_IO, -r, "cannot write %s/%s", move->to_path, name);
	before = before_text(there, &old);
	say(move, name, "", &content, before);
	return 0;
}

/* Opens the folder to write to and waits for others who install there. 1: it is read-only, and the
 * reader was told. */
static int open_target(const char *path, struct text *out, int *ret_fd, struct place_turn *ret_turn,
		       struct cni_error *err)
{
	cleanup_close int fd = -1;
	int r = file_make_folders(path, PROGRAM_MODE);

	if (r == 0) {
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = fd < 0 ? -errno : 0;
	}
	if (r == 0 && faccessat(fd, ".", W_OK, AT_EACCESS) < 0)
		r = -errno;
	if (is_read_only(r)) {
		cleanup_free char *reason = error_text(-r);

		foreign_add_word(out, path);
		text_addf(out, ": skipped, %s\n", reason);
		return 1;
	}
	if (r < 0)
		return cni_fail(err, CNI_ERR_IO, -r, "cannot install into %s", path);
	r = place_turn_wait(fd, deadline_in(LOCK_MS), ret_turn);
	if (r == -ETIMEDOUT || r == -EINTR)
		return cni_fail(err, CNI_ERR_TRY_LATER, -r, "somebody else is installing into %s",
				path);
	if (r < 0)
		return cni_fail(err, CNI_ERR_IO, -r, "cannot write into %s", path);
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int is_program(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && !text_equal(entry->d_name, "cnitool");
}

/* A program too large to be read is no plugin of ours: cnitool may lie in /usr/local/bin. */
static bool may_be_plugin(const struct move *move, const char *name)
{
	struct stat status;

	return fstatat(move->from, name, &status, 0) == 0 && S_ISREG(status.st_mode) &&
	       (status.st_mode & S_IXUSR) && status.st_size <= FILE_READ_MAX;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int install_all(const struct move *move, struct cni_error *err)
{
	struct dirent **entries = NULL;
	int count = scandir(move->from_path, &entries, is_program, by_name);
	int r = count < 0 ? cni_fail(err, CNI_ERR_IO, errno, "cannot read %s", move->from_path) : 0;

	for (int i = 0; i < count; i++) {
		if (r == 0 && may_be_plugin(move, entries[i]->d_name))
			r = install_file(move, entries[i]->d_name, PROGRAM_MODE, err);
		free(entries[i]);
	}
	free(entries);
	if (r == 0 && move->out->len == 0) {
		r = cni_fail(err, CNI_ERR_INTERNAL, 0, "no plugin lies in %s", move->from_path);
		cni_error_details(err, "name their folder with --from, as in --from build/bin");
	}
	return r;
}

static int install_named(const struct move *move, char **names, struct cni_error *err)
{
	int r = 0;

	for (; r == 0 && *names; names++) {
		if (strchr(*names, '/') || **names == '.' || !**names)
			return cni_fail(err, CNI_ERR_INTERNAL, 0, "%s is no name of a plugin",
					*names);
		r = install_file(move, *names, PROGRAM_MODE, err);
	}
	return r;
}

/* The names are on disk only when their folder is. */
static int sync_folder(const struct move *move, struct cni_error *err)
{
	if (fsync(move->to) < 0 && errno != EINVAL)
		return cni_fail(err, CNI_ERR_IO, errno, "cannot write %s", move->to_path);
	return 0;
}

static int install_programs(struct tool *tool, struct cni_error *err)
{
	cleanup_free char *own = own_folder();
	const char *from_path = tool->options.from ? tool->options.from : own;
	cleanup_close int from = open(from_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), to = -1;
	cleanup_with(place_turn_end) struct place_turn turn = PLACE_NO_TURN;
	struct move move = {
		.from = from, .from_path = from_path, .to_path = tool->options.to, .out = &tool->out
	};
	int r;

	if (from < 0)
		return cni_fail(err, CNI_ERR_IO, errno, "cannot open %s", from_path);
	r = open_target(tool->options.to, &tool->out, &to, &turn, err);
	if (r != 0)
		return r < 0 ? r : 0;
	move.to = to;
	move.ours_only = tool->argument_count == 0;
	move.unnamed = !tool->options.from;
	r = tool->argument_count > 0 ? install_named(&move, tool->arguments, err)
				     : install_all(&move, err);
	return r < 0 ? r : sync_folder(&move, err);
}

static int install_configuration(struct tool *tool, struct cni_error *err)
{
	cleanup_free char *path = xstrdup(tool->options.conf);
	cleanup_close int from = -1, to = -1;
	cleanup_with(place_turn_end) struct place_turn turn = PLACE_NO_TURN;
	char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	struct move move = { .to_path = tool->folder, .out = &tool->out };
	int r;

	move.from_path = slash ? path : ".";
	if (slash)
		*slash = '\0';
	from = open(*move.from_path ? move.from_path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (from < 0)
		return cni_fail(err, CNI_ERR_IO, errno, "cannot open %s", move.from_path);
	r = open_target(tool->folder, &tool->out, &to, &turn, err);
	if (r != 0)
		return r < 0 ? r : 0;
	move.from = from;
	move.to = to;
	return install_file(&move, name, CONFIGURATION_MODE, err) ?: sync_folder(&move, err);
}

int verb_install(struct tool *tool, struct cni_error *err)
{
	int r;

	if (!tool->options.to)
		return cni_fail(
			err, CNI_ERR_INTERNAL, 0,
			"install where? name the folder with --to, as in --to /opt/cni/bin");
	(void)umask(FOLDER_UMASK); /* everybody may start what root installed */
	r = install_programs(tool, err);
	if (r < 0 || !tool->options.conf)
		return r;
	return install_configuration(tool, err);
}
