/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of host-local: where the leases are, what may be handed out, and what is asked for. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "plugin/plugin.h"
#include "pool.h"
#include "types/result.h"

/*
 * What every verb needs: the lease directory, and how to treat what is in it. Texts are borrowed.
 */
struct lease_conf {
	const char *data_dir;
	bool reclaim, sticky;
	int cooldown_seconds, sticky_seconds, lock_seconds;
};

struct host_local_conf {
	struct lease_conf leases;
	const char *resolv_conf; /* "" when there is none */
	struct pool pool;
	struct addr *requested; /* without duplicates, in the order of their sources */
	size_t requested_count;
	char *pod;	      /* "namespace/name" of the pod when addresses are sticky, else NULL */
	struct result result; /* what an ADD answers, so far: the configured routes */
};

#define cleanup_host_local_conf cleanup_with(host_local_conf_release)

/*
 * Only the lease directory and its treatment. Nothing but a dataDir that is no text fails, and that
 * only when the configuration is not read leniently; other mistakes mean defaults, aloud.
 */
int lease_conf_read(const struct netconf *conf, struct lease_conf *ret,
		    struct cni_error *err) must_check;

/* Everything, validated: what ADD, CHECK and STATUS go by. */
int host_local_conf_read(const struct cni_call *call, struct host_local_conf *ret,
			 struct cni_error *err) must_check;

void host_local_conf_release(struct host_local_conf *conf);
