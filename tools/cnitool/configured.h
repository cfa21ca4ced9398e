/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All networks that a folder configures. */
#pragma once

#include "finding.h"
#include "runtime/list.h"

struct configured {
	struct network_list *lists; /* each with a name of its own */
	size_t count;
};

#define cleanup_configured cleanup_with(configured_release)

/*
 * Of files with the same name the first counts. What is no network at all becomes a finding of
 * `broken`.
 */
int configured_read(const char *folder, struct configured *ret, struct findings *broken,
		    struct cni_error *err) must_check;
void configured_release(struct configured *configured);
