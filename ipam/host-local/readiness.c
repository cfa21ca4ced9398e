/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an ADD needs of the lease directory and of the ranges. */
#include "readiness.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "reclaim.h"

/*
 * How many leases of full sets are looked at; the runtime asks every few seconds, and the start is
 * another each time.
 */
enum { RECLAIM_LIMIT = 1024 };

static int fail(const char *path, int errnum, const char *what, struct cni_error *err)
{
	return cni_fail(err, CNI_ERR_NOT_AVAILABLE, errnum, "lease directory %s: %s", path, what);
}

/*
 * Each lease is a file with a block of its own, folders and the lock are files too. Cursors are
 * not counted: an ADD does without them. Some file systems count no blocks or files and say 0 of 0.
 */
static int check_room(const char *path, const struct statvfs *fs, size_t leases, size_t others,
		      struct cni_error *err)
{
	if ((fs->f_blocks && fs->f_bfree < leases) ||
	    (fs->f_files && fs->f_ffree < leases + others))
		return fail(path, ENOSPC, leases > 1 ? "not all leases fit" : "no lease fits", err);
	return 0;
}

static int check_parent(const char *path, const char *parent, size_t leases, size_t others,
			struct cni_error *err)
{
	struct statvfs fs;

	if (faccessat(AT_FDCWD, parent, W_OK | X_OK, AT_EACCESS) < 0)
		return fail(path, errno, "cannot be created", err);
	return statvfs(parent, &fs) < 0 ? 0 : check_room(path, &fs, leases, others, err);
}

/* ADD would make the missing folders in the deepest one that exists. */
static int check_parents(const char *path, size_t leases, struct cni_error *err)
{
	cleanup_free char *parent = xstrdup(path);
	size_t others = 1; /* the lock */
	char *slash;

	while ((slash = strrchr(parent, '/')) && slash != parent) {
		*slash = '\0';
		others++;
		if (access(parent, F_OK) == 0 || errno != ENOENT)
			return check_parent(path, parent, leases, others, err);
	}
	return check_parent(path, slash ? "/" : ".", leases, others, err);
}

static int check_dir(const struct store *store, size_t leases, struct cni_error *err)
{
	struct statvfs fs;
	struct stat st;
	bool has_lock = fstatat(store->dir_fd, "lock", &st, AT_SYMLINK_NOFOLLOW) == 0;

	if (faccessat(store->dir_fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return fail(store->path, errno, "cannot be written to", err);
	if (has_lock && !S_ISREG(st.st_mode))
		return fail(store->path, 0, "the lock is no regular file", err);
	return fstatvfs(store->dir_fd, &fs) < 0
		       ? 0
		       : check_room(store->path, &fs, leases, !has_lock, err);
}

static bool find_vacant(void *data, const struct addr *from, const struct addr *to,
			struct addr *ret)
{
	return index_find_vacant(data, from, to, ret);
}

static bool is_full(struct store *store, const struct range_set *set)
{
	struct vacancy vacancy = { .find = find_vacant, .data = &store->index };
	struct addr addr;

	return !range_set_next(set, NULL, &vacancy, &addr) &&
	       !store_find_resting(store, set, 0, &addr);
}

static bool is_any_full(struct store *store, const struct pool *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		if (is_full(store, &pool->sets[i]))
			return true;
	return false;
}

static int fail_full(const struct range_set *set, struct cni_error *err)
{
	cleanup_text struct text ranges = { 0 };

	range_set_print(set, &ranges);
	return cni_fail(err, CNI_ERR_NOT_AVAILABLE, 0, "no IP addresses available in range set: %s",
			ranges.s);
}

static int check_full_sets(struct store *store, const struct host_local_conf *conf,
			   struct cni_error *err)
{
	cleanup_evidence struct evidence evidence = { 0 };
	size_t left = RECLAIM_LIMIT;

	evidence_init(&evidence, "");
	for (size_t i = 0; i < conf->pool.count; i++) {
		const struct range_set *set = &conf->pool.sets[i];

		if (is_full(store, set) &&
		    !(conf->leases.reclaim && reclaim_would_help(store, set, &evidence, &left)))
			return fail_full(set, err);
	}
	return 0;
}

static int check_sets(struct store *store, const struct host_local_conf *conf,
		      struct cni_error *err)
{
	bool is_some_full;
	int r;

	do {
		uint64_t sequence = index_sequence(&store->index);

		is_some_full = is_any_full(store, &conf->pool);
		r = store_peek_again(store, sequence, is_some_full, err);
	} while (r > 0);
	return r == 0 && is_some_full ? check_full_sets(store, conf, err) : r;
}

int readiness_check(const struct store_place *place, const struct host_local_conf *conf,
		    struct cni_error *err)
{
	cleanup_free char *path = xasprintf("%s/%s", place->data_dir, place->network);
	cleanup_store struct store store = STORE_NONE;
	int r = store_peek(place, &store, err);

	if (r < 0 && err)
		err->code = CNI_ERR_NOT_AVAILABLE;
	if (r == 0)
		return check_parents(path, conf->pool.count, err);
	if (r > 0)
		r = check_dir(&store, conf->pool.count, err);
	return r < 0 ? r : check_sets(&store, conf, err);
}
