/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which interfaces have an address: all addresses of a picture, in order. */
#pragma once

#include "picture.h"

struct bearer {
	struct addr addr;
	struct spot spot;
	size_t item; /* which of the interface's addresses it is */
};

/* Once for a picture that is complete. */
void bearers_read(struct picture *picture);

/* The first of *ret_count that have the address; borrowed. */
const struct bearer *bearers_find(const struct picture *picture, const struct addr *addr,
				  size_t *ret_count);
