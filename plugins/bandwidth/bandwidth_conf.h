/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration keys of bandwidth. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "plugin/plugin.h"
#include "types/addr.h"

/* One direction; rate 0: no limit. */
struct limit {
	uint64_t rate;	/* bytes in a second */
	uint32_t burst; /* bytes */
};

struct bandwidth_conf {
	struct limit to_container, from_container;
	struct prefix *networks; /* beyond the container; none: all */
	size_t count;
	bool spares; /* these are not limited, instead of: only these are */
};

int bandwidth_conf_read(struct cni_call *call, void *ret, struct cni_error *err) must_check;
void bandwidth_conf_release(struct bandwidth_conf *conf);
