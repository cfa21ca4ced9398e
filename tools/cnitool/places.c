/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sorted array, also while spaces are added. */
#include "places.h"

#include <string.h>

#include "base/alloc.h"
#include "base/sorted.h"

static int compare_ids(const struct netns_id *a, const struct netns_id *b)
{
	if (a->inode != b->inode)
		return a->inode > b->inode ? 1 : -1;
	return (a->device > b->device) - (a->device < b->device);
}

static int compare_place(const void *place, const void *id)
{
	return compare_ids(&((const struct space_place *)place)->id, id);
}

static size_t place_of(const struct picture *picture, size_t count, const struct netns_id *id)
{
	return sorted_place(id, picture->places, count, sizeof(*picture->places), compare_place);
}

int place_find(const struct picture *picture, const struct netns_id *id)
{
	size_t place = place_of(picture, picture->space_count, id);

	return place < picture->space_count && compare_ids(&picture->places[place].id, id) == 0
		       ? (int)picture->places[place].at
		       : -1;
}

void place_add(struct picture *picture)
{
	size_t count = picture->space_count - 1;
	const struct netns_id *id = &picture->spaces[count].id;
	size_t place;

	picture->places = xgrow(picture->places, count, sizeof(*picture->places));
	place = place_of(picture, count, id);
	memmove(&picture->places[place + 1], &picture->places[place],
		(count - place) * sizeof(*picture->places));
	picture->places[place] = (struct space_place){ .id = *id, .at = count };
}

void places_renew(struct picture *picture)
{
	for (size_t i = 0; i < picture->space_count; i++)
		picture->places[place_of(picture, picture->space_count, &picture->spaces[i].id)]
			.at = i;
}
