/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The nftables tables of ours, each once: DEL, GC and doctor walk them. A new one is an
 * owned_table and a line here.
 */
#pragma once

#include "nft/owned.h"

/* Those that an attaching plugin fills: its DEL and GC remove what an owner has in them. */
enum { ATTACHMENT_TABLES = 3 };

extern const struct owned_table *const attachment_tables[ATTACHMENT_TABLES];

enum our_table {
	TABLE_MASQUERADE,
	TABLE_MACSPOOF,
	TABLE_IPSPOOF,
	TABLE_PORTS,
	TABLE_FIREWALL,
	TABLE_ISOLATION,
	OUR_TABLES
};

/* All. Each has an index `owners` of the form that nft/owned.h describes. */
extern const struct named_table {
	struct nft_table table;
	const char *plugin; /* whose DEL alone removes entries; NULL: see attachment_tables */
} our_tables[OUR_TABLES];
