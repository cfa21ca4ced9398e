/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What doctor finds, each beside the part of a picture that it is about. */
#pragma once

#include "finding.h"
#include "picture.h"
#include "tool.h"

struct blame {
	struct findings findings;
	const struct space_link **links; /* one for each finding; NULL: the host as a whole */
};

#define cleanup_blame cleanup_with(blame_release)

/*
 * Looks at the network, or at all that are configured, as doctor does, but runs no CHECK or STATUS
 * of all plugins. The links are those of `picture`, which must stay.
 */
int blame_find(struct tool *tool, const char *network_or_null, const struct picture *picture,
	       struct blame *ret, struct cni_error *err) must_check;
void blame_release(struct blame *blame);

/* The finding about the link (NULL: the host) from *at on, which moves behind it; NULL: no more. */
const struct finding *blame_next(const struct blame *blame_or_null,
				 const struct space_link *link_or_null, size_t *at);
