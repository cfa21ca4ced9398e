/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which links in a container are an attachment's. */
#include "plugin/endpoint_links.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/signals.h"

struct owned_links {
	const struct endpoint *e;
	struct link *items;
	size_t count;
};

static void owned_links_release(struct owned_links *list)
{
	free(list->items);
}

static int take_owned(const struct link *link, void *data)
{
	struct owned_links *list = data;

	if (!text_equal(link->kind, list->e->kind->link->name) ||
	    !text_equal(link->alias, list->e->owner.text))
		return 0;
	list->items = xgrow(list->items, list->count, sizeof(*link));
	list->items[list->count++] = *link;
	return 0;
}

/* A container may have given its interface another name. */
static int delete_owned(struct endpoint *e)
{
	cleanup_with(owned_links_release) struct owned_links list = { .e = e };
	int r = link_each(&e->at.container, take_owned, &list);

	for (size_t i = 0; r == 0 && i < list.count; i++)
		r = signals_in_turn(i) ?: link_delete(&e->at.container, &list.items[i]);
	return r;
}

int endpoint_delete_links(struct endpoint *e)
{
	struct link link;
	int r = link_get(&e->at.container, e->call->ifname, &link);

	if (r < 0 && r != -ENODEV)
		return r;
	if (r == 0 && text_equal(link.kind, e->kind->link->name)) {
		r = link_delete(&e->at.container, &link);
		if (r < 0 || text_equal(link.alias, e->owner.text))
			return r;
	}
	return delete_owned(e);
}
