/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runtime's half of CNI: runs the plugins of a list (cni-protocol §8). Where the reference
 * stops half-way, this goes on: a failed ADD is undone, a DEL reaches every plugin.
 */
#pragma once

#include <signal.h>

#include "runtime/cache.h"
#include "runtime/container.h"
#include "runtime/list.h"
#include "types/result.h"

struct runtime {
	const char *path;	     /* CNI_PATH */
	const char *cache;	     /* CACHE_FOLDER */
	const sigset_t *signal_mask; /* what plugins start with */
};

/* What an ADD gave, as the last plugin said it: JSON in the reference's layout. */
struct added {
	struct text json;
	struct result result;
};

#define cleanup_added cleanup_with(added_release)

void added_release(struct added *added);

/*
 * Runs the plugins in order and writes the cache. What a failed ADD made is removed again by a
 * DEL, unless the attachment was there before: then it is not ours, and stays.
 */
int runtime_add(const struct runtime *runtime, const struct network_list *list,
		const struct container *container, struct added *ret,
		struct cni_error *err) must_check;

/* The plugins in order, with the cached result. */
int runtime_check(const struct runtime *runtime, const struct network_list *list,
		  const struct container *container, struct cni_error *err) must_check;

/* All plugins in reverse, whichever of them fail; then the cache is forgotten, unless one did. */
int runtime_del(const struct runtime *runtime, const struct network_list *list,
		const struct container *container, struct cni_error *err) must_check;

/*
 * DEL and ADD of an attachment with all that the cache knows of it: the same container, arguments
 * and capabilities (published ports among them), and from host-local the same addresses, which
 * `list` is changed to ask for. When it fails the cache still has what it had, for another try.
 */
int runtime_readd(const struct runtime *runtime, struct network_list *list,
		  const struct cached *cached, struct added *ret, struct cni_error *err) must_check;

/* The first plugin that is not ready ends it with its error, unchanged. */
int runtime_status(const struct runtime *runtime, const struct network_list *list,
		   struct cni_error *err) must_check;

/* Which attachments GC keeps. */
struct valid {
	bool is_known;	   /* false: then all cached attachments go, and plugins are told nothing */
	const cJSON *list; /* [{"containerID", "ifname"}]; NULL: none is valid */
};

/*
 * DEL of all cached attachments that are not valid, then GC of each plugin. Goes on after
 * failures.
 */
int runtime_gc(const struct runtime *runtime, const struct network_list *list,
	       const struct valid *valid, struct cni_error *err) must_check;
