/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how a namespace and an interface are recognised, and what socket hears DHCP there. */
#include "spot.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "net/netlink.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

/* 0: unknown. */
static uint64_t cookie_of(int socket_fd)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);

	if (getsockopt(socket_fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) < 0)
		return 0;
	return cookie;
}

static int go(const char *path, struct spot_visit *visit, struct cni_error *err)
{
	int r;

	visit->netns = netns_open(path, err);
	if (visit->netns < 0)
		return visit->netns;
	if (netns_is_own(visit->netns))
		return cni_fail(err, CNI_ERR_NETNS, 0,
				"%s is the network namespace of the daemon itself", path);
	r = netns_enter(&visit->visit, visit->netns, err);
	if (r < 0)
		return r;
	r = netlink_open(&visit->nl, NETLINK_ROUTE);
	return r < 0 ? cni_fail(err, CNI_ERR_LINK, -r, "cannot open a netlink socket in %s", path)
		     : 0;
}

static int refuse_kind(const struct link *link, struct cni_error *err)
{
	if (!link->has_mac || (link->flags & (IFF_LOOPBACK | IFF_POINTOPOINT)))
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"%s has no Ethernet address, which DHCP needs", link->name);
	if (link->flags & IFF_NOARP)
		return cni_fail(
			err, CNI_ERR_CONFIG, 0,
			"%s hears no broadcasts, which DHCP needs (ipvlan does only in mode l2)",
			link->name);
	return 0;
}

static int look(struct spot_visit *visit, const char *ifname, struct cni_error *err)
{
	int r = link_get(&visit->nl, ifname, &visit->link);

	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "error looking up \"%s\" in the container",
				ifname);
	r = refuse_kind(&visit->link, err);
	if (r < 0 || (visit->link.flags & IFF_UP))
		return r;
	r = link_set_up(&visit->nl, visit->link.index)
		    ?: link_get_index(&visit->nl, visit->link.index, &visit->link);
	return r < 0 ? cni_fail(err, CNI_ERR_LINK, -r, "error setting \"%s\" up", ifname) : 0;
}

int spot_find(const char *path, const char *ifname, struct spot *ret, struct spot_visit *visit,
	      struct cni_error *err)
{
	struct spot spot = { 0 };
	int r = go(path, visit, err)
			?: look(visit, ifname, err)
			?: netns_identify(visit->netns, &spot.id);

	if (r < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, -r, "cannot look at %s", path);
	spot.cookie = cookie_of(visit->nl.fd);
	spot.index = visit->link.index;
	memcpy(spot.mac, visit->link.mac, MAC_SIZE);
	spot.path = xstrdup(path);
	*ret = spot;
	return 0;
}

bool spot_is_there(const struct spot *spot)
{
	struct stat st;

	if (stat(spot->path, &st) < 0)
		return errno != ENOENT && errno != ENOTDIR; /* unknown is not gone */
	return st.st_dev == spot->id.device && st.st_ino == spot->id.inode;
}

int spot_enter(const struct spot *spot, struct spot_visit *visit)
{
	struct netns_id id;
	uint64_t cookie;
	int r;

	if (!spot_is_there(spot))
		return -ESTALE;
	r = go(spot->path, visit, NULL);
	if (r == -ENOENT)
		return -ESTALE;
	if (r == 0)
		r = netns_identify(visit->netns, &id);
	if (r < 0)
		return r;
	/* Numbers are given out again; cookies are not. One that cannot be read proves nothing. */
	cookie = cookie_of(visit->nl.fd);
	if (id.device != spot->id.device || id.inode != spot->id.inode ||
	    (spot->cookie && cookie && cookie != spot->cookie))
		return -ESTALE;
	r = link_get_index(&visit->nl, spot->index, &visit->link);
	if (r == 0 && (!visit->link.has_mac || memcmp(visit->link.mac, spot->mac, MAC_SIZE) != 0))
		return -ENODEV;
	return r;
}

void spot_leave(struct spot_visit *visit)
{
	netlink_shut(&visit->nl);
	netns_leave(&visit->visit);
	close_fd(&visit->netns);
	visit->netns = -1;
}
