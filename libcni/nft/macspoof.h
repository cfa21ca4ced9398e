/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * macspoofchk: frames that enter a bridge from a container's port with another source MAC than
 * the container's are dropped. One constant rule, set elements for each port, everything tagged
 * with its owner.
 */
#pragma once

#include <netinet/in.h> /* before the kernel's headers, which then leave the same names out */

#include "base/cleanup.h"
#include "base/error.h"
#include "net/link.h"
#include "net/netlink.h"
#include "nft/owned.h"
#include "types/owner.h"

/*
 * The port need not exist yet: the check is in place before the port joins the bridge. What the
 * owner had before is replaced.
 */
int macspoof_add(struct netlink *nft, const struct owner *owner, const char *port,
		 const uint8_t mac[MAC_SIZE], struct cni_error *err) must_check;
int macspoof_delete(struct netlink *nft, const struct owner *owner,
		    struct cni_error *err) must_check;
int macspoof_check(struct netlink *nft, const struct owner *owner, const char *port,
		   const uint8_t mac[MAC_SIZE], struct cni_error *err) must_check;
int macspoof_collect(struct netlink *nft, const char *network, owner_keep_fn *keep, void *data,
		     struct cni_error *err) must_check;
int macspoof_status(struct netlink *nft, struct cni_error *err) must_check; /* owned_status() */
