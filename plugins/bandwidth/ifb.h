/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The links (kind "ifb") that what is limited goes through, one for each direction, and whose they
 * are. The owner is their alias.
 */
#pragma once

#include "net/link.h"
#include "plugin/attachments.h"
#include "plugin/chained.h"

/* Those of one attachment. */
enum ifb_role {
	IFB_FROM_CONTAINER,
	IFB_TO_CONTAINER, /* with networks only: otherwise the host end's own queue does it */
	IFB_ROLES,
};

/* The name of the role's link on the host: 1; 0 when there is none, -errno. */
int ifb_find(struct chained *c, enum ifb_role role, struct link *ret,
	     struct cni_error *err) must_check;

/* Makes it anew, up, with the host end's MTU; what an ADD before left is deleted. */
int ifb_create(struct chained *c, enum ifb_role role, int mtu, struct link *ret,
	       struct cni_error *err) must_check;

/* ADD: deletes the role's, not the reference's: 1; 0 when there is none, -errno. */
int ifb_drop(struct chained *c, enum ifb_role role, struct cni_error *err) must_check;

/* DEL: deletes all of the attachment. */
int ifb_delete(struct chained *c, struct cni_error *err) must_check;

/* GC: deletes those of the network's attachments that are not valid. */
int ifb_collect(struct netlink *nl, const char *network, struct attachments *valid,
		struct cni_error *err) must_check;
