/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a namespace is among the spaces of a picture, by its id. */
#pragma once

#include "picture.h"

/* The last of the spaces, which has its id. */
void place_add(struct picture *picture);

/* After the spaces have got another order. */
void places_renew(struct picture *picture);

/* The space with that id, or -1. */
int place_find(const struct picture *picture, const struct netns_id *id);
