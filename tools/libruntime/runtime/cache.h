/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The results of ADD, kept for CHECK, DEL and GC: one file for each attachment, in the
 * reference's format, so that either runtime sees the attachments of the other (cni-protocol
 * §8.4). A file appears complete or not at all.
 */
#pragma once

#include <stdbool.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "runtime/container.h"
#include "types/result.h"

#define CACHE_FOLDER "/var/lib/cni"

/* One attachment as the cache knows it. */
struct cached {
	cJSON *json; /* what the rest borrows from */
	const char *network, *container_id, *ifname;
	const char *netns; /* "" when unknown, as in files of libcni before 1.0 */
	struct text
		config; /* the list's bytes at the time of the ADD; empty in the oldest format */
	struct container_args args;
	const cJSON *capabilities; /* NULL: none */
	const cJSON *result;
	struct timespec
		written; /* when the ADD was done: tells it from an earlier one of that name */
};

#define cleanup_cached cleanup_with(cached_release)

void cached_release(struct cached *cached);

/* True when there is a file, readable or not. */
bool cache_has(const char *folder, const char *network, const struct container *container);

/*
 * 1 when there is one, 0 when there is none or its file cannot be read, -EINVAL when the file
 * makes no sense. A file of the oldest format, a bare result, is read too.
 */
int cache_read(const char *folder, const char *network, const struct container *container,
	       struct cached *ret, struct cni_error *err) must_check;

/* What the file holds, from its text; pure. -EINVAL: it is none of ours. */
int cached_parse(const char *bytes, size_t size, struct cached *ret) must_check;

/*
 * The namespace's path: `netns`, else where the result says that the interface is; "" when nothing
 * tells. Borrowed.
 */
const char *cached_netns(const struct cached *cached);

/* The previous result in the newest form; its version by its own word. */
int cached_result(const struct cached *cached, struct result *ret,
		  struct cni_error *err) must_check;

struct cache_entry {
	const char *network;
	const struct container *container;
	const struct text *config;
	const char *result; /* JSON */
};

int cache_write(const char *folder, const struct cache_entry *entry,
		struct cni_error *err) must_check;

/* 0 also when there is none. */
int cache_delete(const char *folder, const char *network,
		 const struct container *container) must_check;

/*
 * Attachments, of one network or of all (NULL), in the order of their file names; starts as all
 * zero.
 */
struct cache_list {
	struct cached *items;
	size_t count;
};

#define cleanup_cache_list cleanup_with(cache_list_release)

/*
 * Files that make no sense are left out. -errno when the folder or a file cannot be read; `ret`
 * holds the others all the same. Without the folder there are none.
 */
int cache_list(const char *folder, const char *network_or_null, struct cache_list *ret,
	       struct cni_error *err) must_check;
void cache_list_release(struct cache_list *list);
