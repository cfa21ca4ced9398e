/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is an attachment alive, dead, or is that unknown? Life is proven by what the host's kernel says:
 * the namespace that the cache names has the interface, or a link of the host carries the
 * attachment's mark or is the one that its result names. Death is proven when nothing of that is
 * there, the namespace is gone from its path, no interface that could be anybody's has its
 * addresses, and there is no namespace that we cannot see. All else is unknown; in particular, a
 * cached result of libcni before 1.0 names no namespace.
 */
#pragma once

#include "picture.h"

enum life { LIFE_UNKNOWN, LIFE_ALIVE, LIFE_DEAD };

enum life attachment_life(const struct picture *picture, const struct cached *cached);
const char *life_name(enum life life);

/* The link of the host with that mark that dies with its container, or NULL. */
const struct space_link *picture_find_mark(const struct picture *picture, const char *owner_text);

bool link_has_addr(const struct space_link *link, const struct addr *addr);

/* An interface of a container that nobody is known to own has the address: it could be anybody's.
 */
bool picture_has_stranger(const struct picture *picture, const struct addr *addr);
