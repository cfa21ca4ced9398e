/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening, locking, trusting and marking a lease directory. */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/alloc.h"
#include "base/file.h"
#include "scan.h"

/*
 * Behind the coarsest time that file systems keep, so that the mark is never the time of a change.
 */
enum { MARK_SECONDS = 3, TRIES = 3 };

static int fail(const struct store *store, int errnum, const char *what, struct cni_error *err)
{
	return cni_fail(err, CNI_ERR_STORE, errnum, "lease directory %s: cannot %s", store->path,
			what);
}

/* The folder of a network is not followed as a link: its leases would be written somewhere else. */
static int open_dir(const struct store_place *place, struct store *store)
{
	cleanup_close int base = open(place->data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (base < 0)
		return -errno;
	store->dir_fd = openat(base, place->network,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return store->dir_fd < 0 ? -errno : 0;
}

/* What stands there is no folder, so no lease was ever made in it. */
static int fail_no_folder(const struct store *store, struct cni_error *err)
{
	struct stat st;

	if (lstat(store->path, &st) < 0 || !S_ISLNK(st.st_mode))
		return fail(store, ENOTDIR, "open it", err);
	(void)cni_fail(err, CNI_ERR_STORE, 0,
		       "lease directory %s: is a symbolic link, which is not followed",
		       store->path);
	cni_error_details(err, "bind-mount the folder there, or name its parent in ipam.dataDir");
	return -ENOTDIR;
}

static int open_or_create_dir(const struct store_place *place, bool create, struct store *store,
			      struct cni_error *err)
{
	int r = open_dir(place, store);

	if (r == -ENOENT && create) {
		r = file_make_folders(store->path, 0755);
		if (r < 0)
			return fail(store, -r, "create it", err);
		r = open_dir(place, store);
	}
	if (r == -ENOENT && !create)
		return 0;
	if (r == -ENOTDIR)
		return fail_no_folder(store, err);
	return r < 0 ? fail(store, -r, "open it", err) : 1;
}

static int fail_locked(const struct store *store, int seconds, struct cni_error *err)
{
	cleanup_free char *who = NULL;
	pid_t holder = file_lock_holder(store->lock_fd);

	who = holder ? xasprintf("process %d", (int)holder) : xstrdup("another process");
	(void)cni_fail(err, CNI_ERR_TRY_LATER, 0,
		       "lease directory %s: %s has held the lock for more than %d seconds",
		       store->path, who, seconds);
	cni_error_details(err, "try again when that process has ended");
	return -ETIMEDOUT;
}

static int lock(struct store *store, int seconds, struct cni_error *err)
{
	int flags = O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int r;

	store->lock_fd = openat(store->dir_fd, "lock", flags, 0750);
	if (store->lock_fd < 0)
		return fail(store, errno, "open the lock", err);
	r = file_lock(store->lock_fd, deadline_in(seconds * 1000));
	if (r == -ETIMEDOUT)
		return fail_locked(store, seconds, err);
	if (r == -EINTR)
		return cni_fail(err, CNI_ERR_TRY_LATER, EINTR,
				"lease directory %s: gave up waiting for the lock", store->path);
	return r < 0 ? fail(store, -r, "take the lock", err) : 0;
}

/*
 * Somebody may have removed the folder or the lock while we waited: then we hold a lock that nobody
 * respects.
 */
static bool is_removed(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink == 0;
}

static int64_t nanoseconds(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

static int look(const struct store *store, struct index_mark *ret)
{
	struct stat st;

	if (fstat(store->dir_fd, &st) < 0)
		return -errno;
	*ret = (struct index_mark){
		.dev = st.st_dev,
		.inode = st.st_ino,
		.mtime = nanoseconds(&st.st_mtim),
		.ctime = nanoseconds(&st.st_ctim),
	};
	return 0;
}

/* Only the last folder is ours alone. */
static int open_run_dir(const char *path, bool for_writing)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	const char *slash = strrchr(path, '/');
	cleanup_free char *parent = NULL;
	int fd = open(path, flags);

	if (fd >= 0 || errno != ENOENT || !for_writing || !slash)
		return fd;
	parent = xstrndup(path, (size_t)(slash - path));
	if (file_make_folders(parent, 0755) < 0 || (mkdir(path, 0700) < 0 && errno != EEXIST))
		return -1;
	return open(path, flags);
}

/*
 * The directory's inode is its name below /run, so that all ways to it share one index. An inode
 * that served another directory before does no harm: the mark is not that of the new one, and
 * records know their leases.
 */
static void open_memory(const struct store_place *place, bool for_writing, struct store *store)
{
	const struct index_mark *mark = &store->mark;
	cleanup_free char *records_name = NULL;

	store->run_fd = open_run_dir(place->run_dir, for_writing);
	if (store->run_fd < 0)
		return;
	store->index_name = xasprintf("%lx-%lx.index", (unsigned long)mark->dev,
				      (unsigned long)mark->inode);
	records_name = xasprintf("%lx-%lx.records", (unsigned long)mark->dev,
				 (unsigned long)mark->inode);
	store->records_fd =
		openat(store->run_fd, records_name,
		       (for_writing ? O_RDWR | O_CREAT : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (index_open(store->run_fd, store->index_name, for_writing, &store->index) &&
	    !index_has_mark(&store->index, mark))
		index_close(&store->index);
}

void store_expect(struct store *store)
{
	struct index_mark mark;

	if (store->run_fd >= 0 &&
	    (look(store, &mark) < 0 || memcmp(&mark, &store->mark, sizeof(mark)) != 0))
		store->is_disturbed = true;
}

/* Without the right to set the time there is no mark, and every command builds its own index. */
void store_mark(struct store *store)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };

	if (store->run_fd < 0)
		return;
	(void)clock_gettime(CLOCK_REALTIME, &times[1]); /* cannot fail for this clock */
	times[1].tv_sec -= MARK_SECONDS;
	if (futimens(store->dir_fd, times) < 0 || look(store, &store->mark) < 0 ||
	    store->mark.mtime == store->mark.ctime)
		store->is_disturbed = true;
}

static int scan(struct store *store, bool names_only, struct cni_error *err)
{
	int r = scan_leases(store->dir_fd, store->records_fd, names_only, &store->index);

	if (r < 0)
		return fail(store, -r, "read it", err);
	store->is_fresh = !names_only;
	store->is_disturbed = store->is_disturbed || r > 0;
	return 0;
}

/* Marked before it is read: what changes while we read is noticed. */
int store_rebuild(struct store *store, struct cni_error *err)
{
	store->is_disturbed = false;
	store_mark(store);
	return scan(store, false, err);
}

/* 1, 0 when there is no directory, -EAGAIN when it was removed meanwhile, other -errno. */
static int open_once(const struct store_place *place, bool create, struct store *store,
		     struct cni_error *err)
{
	int r = open_or_create_dir(place, create, store, err);

	if (r <= 0)
		return r;
	r = lock(store, place->lock_seconds, err);
	if (r < 0)
		return r;
	if (is_removed(store->dir_fd) || is_removed(store->lock_fd))
		return -EAGAIN;
	r = look(store, &store->mark);
	if (r < 0)
		return fail(store, -r, "look at it", err);
	open_memory(place, true, store);
	if (store->index.header)
		return 1;
	r = store_rebuild(store, err);
	return r < 0 ? r : 1;
}

static struct store store_for(const struct store_place *place)
{
	struct store store = STORE_NONE;

	store.path = xasprintf("%s/%s", place->data_dir, place->network);
	return store;
}

int store_open(const struct store_place *place, bool create, struct store *ret,
	       struct cni_error *err)
{
	for (int i = 0; i < TRIES; i++) {
		cleanup_store struct store store = store_for(place);
		int r = open_once(place, create, &store, err);

		if (r == -EAGAIN && !(err && cni_error_is_set(err)))
			continue;
		if (r <= 0)
			return r;
		*ret = store;
		store = (struct store)STORE_NONE;
		return 1;
	}
	return cni_fail(err, CNI_ERR_TRY_LATER, 0, "lease directory %s/%s: removed again and again",
			place->data_dir, place->network);
}

int store_open_dir(const struct store_place *place, struct store *ret, struct cni_error *err)
{
	cleanup_store struct store store = store_for(place);
	int r = open_or_create_dir(place, false, &store, err);

	if (r <= 0)
		return r;
	*ret = store;
	store = (struct store)STORE_NONE;
	return 1;
}

int store_peek(const struct store_place *place, struct store *ret, struct cni_error *err)
{
	cleanup_store struct store store = STORE_NONE;
	int r = store_open_dir(place, &store, err);

	if (r <= 0)
		return r;
	r = look(&store, &store.mark);
	if (r < 0)
		return fail(&store, -r, "look at it", err);
	open_memory(place, false, &store);
	if (!store.index.header) {
		r = scan(&store, true, err);
		if (r < 0)
			return r;
	}
	*ret = store;
	store = (struct store)STORE_NONE;
	return 1;
}

int store_peek_again(struct store *store, uint64_t sequence, bool is_full, struct cni_error *err)
{
	bool is_torn = (sequence & 1) || index_sequence(&store->index) != sequence ||
		       store->index.is_damaged;
	int r;

	if (store->is_fresh || (store->index.is_shared ? !is_torn : !is_full))
		return 0;
	r = scan(store, store->index.is_shared, err);
	return r < 0 ? r : 1;
}

/* An index that nobody changed is as good as before; a damaged one is left as one in disorder. */
static void save_index(struct store *store)
{
	if (store->index.header && store->index.is_damaged) {
		index_begin(&store->index);
		return;
	}
	if (store->run_fd < 0 || !store->index.header || !(index_sequence(&store->index) & 1))
		return;
	store_expect(store);
	if (store->is_disturbed)
		return;
	index_commit(&store->index, &store->mark);
	if (!store->index.is_shared)
		index_publish(&store->index, store->run_fd, store->index_name);
}

void store_close(struct store *store)
{
	if (store->lock_fd >= 0)
		save_index(store);
	index_close(&store->index);
	close_fd(&store->records_fd);
	close_fd(&store->run_fd);
	close_fd(&store->lock_fd);
	close_fd(&store->dir_fd);
	free(store->index_name);
	free(store->path);
	*store = (struct store)STORE_NONE;
}

void store_leases_release(struct store_leases *leases)
{
	free(leases->items);
	*leases = (struct store_leases){ 0 };
}

uint64_t store_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now); /* cannot fail for this clock */
	return (uint64_t)nanoseconds(&now);
}
