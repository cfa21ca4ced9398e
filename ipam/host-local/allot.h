/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ADD: an address of every range set for one attachment, or none at all. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "host_local_conf.h"
#include "store.h"
#include "types/owner.h"

struct allotted {
	struct addr addr;
	uint32_t record;
	bool is_next; /* the cursor moves to it */
};

/* What an ADD was given. Until it is completed, a repetition of the ADD gets the same. */
struct allotment {
	struct allotted *items; /* one per range set, in their order */
	size_t count;
	int records_fd; /* -1: none */
	uint64_t nonce;
};

#define ALLOTMENT_NONE                                                                             \
	{                                                                                          \
		.records_fd = -1                                                                   \
	}
#define cleanup_allotment cleanup_with(allotment_release)

int allot(const struct host_local_conf *conf, const struct store_place *place,
	  const struct attachment *owner, const char *netns, struct allotment *ret,
	  struct cni_error *err) must_check;

/* The caller has the result: from now on the attachment may be alive. */
void allotment_complete(const struct allotment *allotment);

void allotment_release(struct allotment *allotment);
