/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the Go plugins left in the kernel for one attachment: nftables rules in
 * cni_plugins_masquerade, cni_hostport and `bridge nat`, and the CNI-… chains of iptables-nft.
 * Found by their names and comments; tables and shared chains stay. The legacy iptables kernel
 * tables are out of reach of nftables.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "net/netlink.h"
#include "nft/present.h"
#include "types/owner.h"

/* Removes masquerade and macspoofchk rules of the attachment; 0 when there are none. */
int reference_delete(struct netlink *nft, const struct nft_present *present,
		     const struct attachment *attachment, struct cni_error *err) must_check;

/* Removes the published ports of the attachment's container on this network. */
int reference_delete_ports(struct netlink *nft, const struct nft_present *present,
			   const struct attachment *attachment, struct cni_error *err) must_check;

/*
 * CHECK of a container the reference made: does such a rule exist in either of its layouts?
 */
int reference_has_masquerade(struct netlink *nft, const struct attachment *attachment,
			     bool *ret) must_check;
int reference_has_ports(struct netlink *nft, const struct attachment *attachment,
			bool *ret) must_check;
int reference_has_macspoof(struct netlink *nft, const struct attachment *attachment,
			   bool *ret) must_check;
