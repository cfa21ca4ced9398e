/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which part of a picture a finding is about. */
#include "blame.h"

#include "base/alloc.h"
#include "configured.h"
#include "examine.h"
#include "life.h"
#include "network.h"

enum part { CONTAINER, PORT, BRIDGE, UPLINK, HOST };

static enum part part_of(enum fault fault)
{
	switch (fault) {
	case HOST_INTERFACE_DOWN:
	case HOST_INTERFACE_RENAMED:
	case PORT_DETACHED:
	case PORT_MODE:
	case HOST_ROUTE_WRONG:
	case NEIGHBOUR_WRONG:
		return PORT;
	case BRIDGE_MISSING:
	case BRIDGE_DOWN:
	case GATEWAY_MISSING:
	case FORWARD_DROP:
	case INPUT_DROP:
	case BRIDGE_NETFILTER:
		return BRIDGE;
	case UPLINK_DOWN:
		return UPLINK;
	default:
		return CONTAINER;
	}
}

static const struct space_link *uplink_of(const struct picture *picture)
{
	const struct space_link *link = picture_uplink(picture, AF_INET);

	return link ? link : picture_uplink(picture, AF_INET6);
}

/* The container's end of an attachment; NULL: it has none. */
static const struct space_link *find_link(const struct picture *picture, const char *owner_text)
{
	const struct cached *cached = picture_find_cached(picture, owner_text);

	return cached ? picture_at(picture, picture_find_attachment(picture, cached)) : NULL;
}

static const struct space_link *find_part(const struct picture *picture,
					  const struct finding *finding)
{
	const enum part part = part_of(finding->fault);
	const struct space *host = &picture->spaces[0];
	const struct space_link *link, *port;
	int bridge;

	if (part == UPLINK)
		return uplink_of(picture);
	if (!finding->owner)
		return NULL;
	link = find_link(picture, finding->owner);
	port = picture_find_mark(picture, finding->owner);
	if (!port && link && link->peer.space == 0)
		port = picture_at(picture, link->peer);
	bridge = port ? space_find_index(host, port->link.master) : -1;
	if (part == BRIDGE && bridge >= 0)
		return &host->links[bridge];
	if (part != CONTAINER && port)
		return port;
	return link ? link : port;
}

int blame_find(struct tool *tool, const char *network_or_null, const struct picture *picture,
	       struct blame *ret, struct cni_error *err)
{
	cleanup_configured struct configured configured = { 0 };
	int r;

	tool->is_brief = true;
	r = network_or_null ? examine_named(tool, network_or_null, &ret->findings, err)
			    : examine_folder(tool, &configured, &ret->findings, err);
	if (r < 0)
		return r;
	ret->links = xcalloc(ret->findings.count + 1, sizeof(*ret->links));
	for (size_t i = 0; i < ret->findings.count; i++)
		ret->links[i] = find_part(picture, &ret->findings.items[i]);
	return 0;
}

void blame_release(struct blame *blame)
{
	findings_release(&blame->findings);
	free(blame->links);
}

const struct finding *blame_next(const struct blame *blame_or_null,
				 const struct space_link *link_or_null, size_t *at)
{
	while (blame_or_null && *at < blame_or_null->findings.count) {
		const size_t i = (*at)++;

		if (blame_or_null->links[i] == link_or_null)
			return &blame_or_null->findings.items[i];
	}
	return NULL;
}
