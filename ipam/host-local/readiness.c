/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an ADD needs of the lease directory and of the ranges. */
#include "readiness.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/alloc.h"
#include "reclaim.h"

/*
 * How many leases of a full set are looked at; the runtime asks every few seconds, and the start is
 * another each time.
 */
enum { RECLAIM_LIMIT = 512 };

static int fail(const char *path, int errnum, const char *what, struct cni_error *err)
{
	return cni_fail(err, CNI_ERR_NOT_AVAILABLE, errnum, "lease directory %s: %s", path, what);
}

/* ADD would make the missing folders in the deepest one that exists. */
static int check_parents(const char *path, struct cni_error *err)
{
	cleanup_free char *parent = xstrdup(path);
	char *slash;

	while ((slash = strrchr(parent, '/'))) {
		slash[slash == parent] = '\0';
		if (faccessat(AT_FDCWD, parent, W_OK | X_OK, AT_EACCESS) == 0)
			return 0;
		if (errno != ENOENT || slash == parent)
			return fail(path, errno, "cannot be created", err);
	}
	return faccessat(AT_FDCWD, ".", W_OK | X_OK, AT_EACCESS) == 0
		       ? 0
		       : fail(path, errno, "cannot be created", err);
}

static int check_dir(const struct store *store, struct cni_error *err)
{
	struct statvfs fs;
	struct stat st;

	if (faccessat(store->dir_fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return fail(store->path, errno, "cannot be written to", err);
	if (fstatat(store->dir_fd, "lock", &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
		return fail(store->path, 0, "the lock is no regular file", err);
	/* Some file systems do not count blocks or files and say 0 of 0. */
	if (fstatvfs(store->dir_fd, &fs) < 0)
		return 0;
	if ((fs.f_blocks && !fs.f_bfree) || (fs.f_files && !fs.f_ffree))
		return fail(store->path, ENOSPC, "no lease fits", err);
	return 0;
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

static int check_set(struct store *store, const struct range_set *set, bool reclaim,
		     struct cni_error *err)
{
	cleanup_witness struct witness witness = { 0 };
	cleanup_text struct text ranges = { 0 };

	if (!is_full(store, set))
		return 0;
	witness_init(&witness, "");
	if (reclaim && reclaim_would_help(store, set, &witness, RECLAIM_LIMIT))
		return 0;
	range_set_print(set, &ranges);
	return cni_fail(err, CNI_ERR_NOT_AVAILABLE, 0, "no IP addresses available in range set: %s",
			ranges.s);
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
	for (size_t i = 0; is_some_full && r == 0 && i < conf->pool.count; i++)
		r = check_set(store, &conf->pool.sets[i], conf->leases.reclaim, err);
	return r;
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
		return check_parents(path, err);
	if (r > 0)
		r = check_dir(&store, err);
	return r < 0 ? r : check_sets(&store, conf, err);
}
