/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything of container networks that the kernel has at one moment, beside what the cache
 * remembers of it. Read only; what vanishes while it is looked at is left out.
 */
#pragma once

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "host/questions.h"
#include "net/ifaddr.h"
#include "net/link.h"
#include "net/netns.h"
#include "net/route.h"
#include "nft/tables.h"
#include "roster.h"
#include "runtime/cache.h"
#include "types/owner.h"

/* A place in the picture. */
struct spot {
	int space, link; /* -1: nowhere */
};

#define NOWHERE                                                                                    \
	{                                                                                          \
		.space = -1, .link = -1                                                            \
	}

struct space_link {
	struct link link;
	struct ifaddrs addresses; /* without link-local ones */
	struct spot peer;	  /* of a veth: its other end */
	bool is_switch;		  /* the host's link of a bridge of Open vSwitch */
	char *vlans;		  /* of a port of one: "VLAN 10"; NULL: all */
	char *gateway_of; /* of a port of one: the network whose gateway it has; NULL: none */
	const struct cached
		*cached; /* the attachment that this is the container's end of; NULL: unknown */
	char *network, *container_id,
		*ifname; /* whose it is by its mark or by the cache; NULL: nobody's */
};

/* A network namespace. */
struct space {
	char *name;	     /* "host", "red" */
	char *path;	     /* NULL for our own */
	long process;	     /* one in it, 0: none was seen */
	char *container;     /* what its runtime calls it; NULL: that is not known */
	const char *runtime; /* "podman"; NULL as well */
	struct netns_id id;
	int nsid; /* by which the host's links tell where their other ends are; -1: they do not */
	bool is_unread;		  /* all of it or a part: nothing says what is not there */
	struct space_link *links; /* by their index */
	size_t link_count;
	struct roster names; /* of the links */
	struct kernel_routes routes4, routes6;
	struct fixed_neighbours fixed;
};

/* What our tables in nftables hold for one owner. */
struct mark {
	char *owner;
	struct prefix
		address; /* of its container, as far as the table tells; AF_UNSPEC: it does not */
};

struct marks {
	struct mark *items; /* by owner */
	size_t count;
};

/* Where a namespace is among the spaces. */
struct space_place {
	struct netns_id id;
	size_t at;
};

/*
 * Whose an interface is and who lives is told by interfaces and addresses. The kernel keeps the
 * neighbours of all namespaces in one table, so whoever asks for those of each looks through all of
 * them as often as there are containers.
 */
enum picture_extent {
	PICTURE_LINKS, /* neither routes nor fixed neighbours */
	PICTURE_WHOLE,
};

struct picture {
	enum picture_extent extent;
	struct space *spaces; /* the first is our own */
	size_t space_count;
	struct space_place *places; /* of all spaces, by id */
	bool has_unseen;	    /* the host's kernel knows a namespace that is not among them */
	struct bearer *bearers;	    /* of all addresses, sorted; bearers.h */
	size_t bearer_count;
	struct cache_list cache;
	struct roster owners;		/* "network/container/interface" of the cache */
	struct roster holders;		/* "network/container" of the cache */
	struct roster aliases;		/* of the host's links that die with their container */
	struct marks marks[OUR_TABLES]; /* enum our_table */
	int marks_error;		/* -errno: the marks could not be read, and are missing */
};

#define cleanup_picture cleanup_with(picture_release)

int picture_take(const char *cache_folder, enum picture_extent extent, struct picture *ret,
		 struct cni_error *err) must_check;
void picture_release(struct picture *picture);

/* The space that the path leads to, or -1. */
int picture_find_space(const struct picture *picture, const char *path);

/* The link of that name, or -1; by index likewise. */
int space_find_link(const struct space *space, const char *name);
int space_find_index(const struct space *space, int index);

/* A switch forwards whatever becomes of the host's own port of it. */
static inline bool space_link_is_down(const struct space_link *link)
{
	return !link->is_switch && !(link->link.flags & IFF_UP);
}

struct space_link *picture_at(const struct picture *picture, struct spot spot);

/* What people call it: the container by its runtime's name, else the namespace. */
const char *space_title(const struct space *space);

/*
 * The link of the host that a macvlan, an ipvlan or a VLAN of a space stands on, or -1. What a
 * container says of it is the container's to choose: nothing but a drawing may rest on that.
 */
int picture_find_lower(const struct picture *picture, int space, const struct space_link *link);

/* The container's end of a cached attachment; nowhere when it is gone. */
struct spot picture_find_attachment(const struct picture *picture, const struct cached *cached);

/* Whether an interface of that name came of the ADD: not so for loopback, which has no eth0. */
bool cached_has_interface(const struct cached *cached);

/* What the cache has of the owner; NULL: nothing. */
const struct cached *picture_find_cached(const struct picture *picture, const char *owner_text);

/*
 * False: it stays on the host when the container's namespace goes, as what bandwidth limits with,
 * and its mark proves no life.
 */
bool link_dies_with_container(const struct link *link);

/* The first of the marks that belongs to the owner, from `from` on; -1: none. */
int marks_find(const struct marks *marks, const char *owner, size_t from);

/* True when the link or its other end belongs to the network (NULL: to any). */
bool picture_belongs(const struct picture *picture, const struct space_link *link,
		     const char *network_or_null);

struct owner cached_owner(const struct cached *cached);
