/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads /proc, within limits: processes, descriptors and mounts are containers' to make. */
#include "net/sightings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/privileges.h"
#include "base/signals.h"
#include "base/text.h"

/* Entries of /proc, descriptors, lines of mounts: some seconds of work at most. */
enum { MAX_LOOKS = 1 << 19, PATH = 80 };

/* The kernel numbers namespaces, and what is below /proc, within this range; other files may be
 * there, too. */
#define FIRST_NAMESPACE UINT64_C(0xefffff00)
#define LAST_NAMESPACE UINT64_C(0xffffffff)

static void close_dir(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir); /* nothing is buffered behind a folder that is read */
}

static void close_file(FILE **file)
{
	if (*file)
		(void)fclose(*file); /* only read */
}

void sighting_add(struct sighting_list *list, uint64_t inode, long id)
{
	list->items = xgrow(list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = (struct sighting){ .inode = inode, .id = id };
}

static int compare_sightings(const void *a, const void *b)
{
	const struct sighting *one = a, *other = b;

	if (one->inode != other->inode)
		return one->inode < other->inode ? -1 : 1;
	return (one->id > other->id) - (one->id < other->id);
}

void sightings_sort(struct sighting_list *list)
{
	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), compare_sightings);
}

/* False when no more may be looked at. */
static bool may_look(struct sightings *sightings)
{
	if (sightings->looks++ >= MAX_LOOKS || signals_in_turn(sightings->looks) < 0)
		sightings->is_partial = true;
	return sightings->looks <= MAX_LOOKS;
}

/* A process that has ended meanwhile holds nothing. */
static bool is_gone(int errnum)
{
	return errnum == ENOENT || errnum == ESRCH || errnum == ENOTDIR;
}

/* What could not be looked at for any other reason may hold whatever is asked for. */
static void miss(struct sightings *sightings, int errnum)
{
	if (!is_gone(errnum))
		sightings->is_partial = true;
}

static void look_at(struct sightings *sightings, const char *path, long id,
		    struct sighting_list *list)
{
	struct stat st;

	if (stat(path, &st) == 0)
		sighting_add(list, st.st_ino, id);
	else
		miss(sightings, errno);
}

static void look_at_thread(struct sightings *sightings, long process, long thread)
{
	char path[PATH];

	(void)snprintf(path, sizeof(path), "/proc/%ld/task/%ld/ns/net", process,
		       thread); /* it fits */
	look_at(sightings, path, thread, &sightings->nets);
	(void)snprintf(path, sizeof(path), "/proc/%ld/task/%ld/ns/mnt", process, thread);
	look_at(sightings, path, thread, &sightings->mounts);
}

/* The lines of a process's mountinfo. */
static void each_mount(struct sightings *sightings, const char *process,
		       void (*each)(void *data, const char *line), void *data)
{
	cleanup_with(close_file) FILE *file = NULL;
	cleanup_free char *line = NULL;
	char name[PATH];
	size_t room = 0;

	(void)snprintf(name, sizeof(name), "/proc/%.20s/mountinfo", process);
	file = fopen(name, "re");
	if (!file) {
		miss(sightings, errno == EINVAL ? ESRCH : errno); /* EINVAL: it has ended */
		return;
	}
	while (getline(&line, &room, file) > 0 && may_look(sightings))
		each(data, line);
	if (ferror(file))
		sightings->is_partial = true;
}

/* "22 27 0:21 / /proc rw,nosuid shared:12 - proc proc rw" */
static void add_proc_mount(void *data, const char *line)
{
	const char *type = strstr(line, " - ");
	uint64_t id;

	if (type && text_starts_with(type, " - proc ") && sscanf(line, "%" SCNu64, &id) == 1)
		sighting_add(data, id, 0);
}

/* What is open on a mount of /proc is no namespace. Who sees no such mount may hold one. */
static bool is_of_proc(struct sightings *sightings, long process, uint64_t mount)
{
	struct sighting_list *procs = &sightings->procs;
	struct sighting wanted = { .inode = mount };
	char name[24];

	if (sightings->procs_of != process) {
		sightings->procs_of = process;
		procs->count = 0;
		(void)snprintf(name, sizeof(name), "%ld", process);
		each_mount(sightings, name, add_proc_mount, procs);
		sightings_sort(procs);
	}
	return procs->count &&
	       bsearch(&wanted, procs->items, procs->count, sizeof(wanted), compare_sightings);
}

/*
 * The file is not asked, or a file system that hangs would stop us; its number stands in fdinfo
 * (since Linux 5.14).
 */
static void look_at_descriptor(struct sightings *sightings, int infos, const char *name,
			       long process)
{
	cleanup_close int fd = openat(infos, name, O_RDONLY | O_CLOEXEC);
	char info[256];
	ssize_t size = fd < 0 ? -1 : read(fd, info, sizeof(info) - 1);
	uint64_t mount, inode;
	const char *at;

	if (size < 0)
		miss(sightings, errno);
	if (size <= 0)
		return;
	info[size] = '\0';
	at = strstr(info, "\nmnt_id:");
	if (!at || sscanf(at, "\nmnt_id: %" SCNu64 "\nino: %" SCNu64, &mount, &inode) != 2)
		return;
	if (inode < FIRST_NAMESPACE || inode > LAST_NAMESPACE ||
	    is_of_proc(sightings, process, mount))
		return;
	sighting_add(&sightings->held, inode, process);
}

/* Calls `each` for every number in a folder of /proc. */
static void each_entry(struct sightings *sightings, const char *path, long process,
		       void (*each)(struct sightings *sightings, int dir_fd, const char *name,
				    long process))
{
	cleanup_with(close_dir) DIR *dir = opendir(path);
	const struct dirent *entry;

	if (!dir) {
		miss(sightings, errno);
		return;
	}
	while ((errno = 0, entry = readdir(dir)) && may_look(sightings))
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			each(sightings, dirfd(dir), entry->d_name, process);
	if (!entry && errno)
		miss(sightings, errno);
}

static void each_thread(struct sightings *sightings, int dir_fd, const char *name, long process)
{
	(void)dir_fd;
	look_at_thread(sightings, process, strtol(name, NULL, 10));
}

static void each_process(struct sightings *sightings, int dir_fd, const char *name, long none)
{
	long process = strtol(name, NULL, 10);
	char path[PATH];

	(void)dir_fd;
	(void)none;
	(void)snprintf(path, sizeof(path), "/proc/%ld/task", process);
	each_entry(sightings, path, process, each_thread);
	(void)snprintf(path, sizeof(path), "/proc/%ld/fdinfo", process);
	each_entry(sightings, path, process, look_at_descriptor);
}

void sightings_collect(struct sightings *ret)
{
	struct sightings sightings = { 0 };

	each_entry(&sightings, "/proc", 0, each_process);
	/* No processes, not even ourselves: this is no /proc. Or one that may hide some of them. */
	if (!sightings.nets.count || !privileges_are_full(CAP_SYS_PTRACE))
		sightings.is_partial = true;
	sightings_sort(&sightings.nets);
	sightings_sort(&sightings.mounts);
	sightings_sort(&sightings.held);
	*ret = sightings;
}

/* mountinfo writes blanks and the like as three octal digits. */
static void unescape(char *path)
{
	char *to = path;

	for (const char *from = path; *from; to++) {
		unsigned code;

		if (*from == '\\' && sscanf(from + 1, "%3o", &code) == 1) {
			*to = (char)code;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

struct namespace_mounts {
	void (*each)(void *data, uint64_t inode, const char *path);
	void *data;
};

/* "36 35 0:4 net:[4026532177] /run/netns/name rw - nsfs nsfs rw" */
static void look_at_mount(void *data, const char *line)
{
	const struct namespace_mounts *wanted = data;
	cleanup_free char *path = NULL;
	uint64_t inode;

	if (sscanf(line, "%*s %*s %*s net:[%" SCNu64 "] %ms", &inode, &path) != 2)
		return;
	unescape(path);
	wanted->each(wanted->data, inode, path);
}

void sightings_mounts(struct sightings *sightings, const char *process,
		      void (*each)(void *data, uint64_t inode, const char *path), void *data)
{
	struct namespace_mounts wanted = { .each = each, .data = data };

	each_mount(sightings, process, look_at_mount, &wanted);
}

bool sightings_is_chrooted(const char *process)
{
	char name[PATH], root[2];

	(void)snprintf(name, sizeof(name), "/proc/%.20s/root", process);
	return readlink(name, root, sizeof(root)) != 1;
}

void sightings_release(struct sightings *sightings)
{
	free(sightings->nets.items);
	free(sightings->mounts.items);
	free(sightings->held.items);
	free(sightings->procs.items);
	*sightings = (struct sightings){ 0 };
}
