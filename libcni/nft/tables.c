/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which tables there are. */
#include "nft/tables.h"

#include "nft/ipspoof.h"
#include "nft/macspoof.h"
#include "nft/masquerade.h"

const struct owned_table *const attachment_tables[ATTACHMENT_TABLES] = {
	&masquerade_table,
	&macspoof_table,
	&ipspoof_table,
};

const struct named_table our_tables[OUR_TABLES] = {
	[TABLE_MASQUERADE] = { { NFPROTO_INET, "cni_masquerade" }, NULL },
	[TABLE_MACSPOOF] = { { NFPROTO_BRIDGE, "cni_macspoof" }, NULL },
	[TABLE_IPSPOOF] = { { NFPROTO_BRIDGE, "cni_ipspoof" }, NULL },
	[TABLE_PORTS] = { { NFPROTO_INET, "cni_portmap" }, "portmap" },
	[TABLE_FIREWALL] = { { NFPROTO_INET, "cni_firewall" }, "firewall" },
	[TABLE_ISOLATION] = { { NFPROTO_BRIDGE, "cni_firewall" }, "firewall" },
};
