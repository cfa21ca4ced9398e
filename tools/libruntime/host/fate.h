/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of a packet in the filters of this host: those of nftables, also as iptables-nft
 * writes them, and those of iptables-legacy. A packet is known in part; what a rule asks that
 * nobody knows may be so or not. Only what is sure is called so. Read only.
 */
#pragma once

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "net/netlink.h"
#include "nft/rule_list.h"
#include "types/addr.h"

/* What is not set is unknown. */
struct packet {
	int family;	      /* AF_INET or AF_INET6 */
	unsigned hook;	      /* NF_INET_FORWARD, NF_INET_LOCAL_IN */
	const char *in, *out; /* names of interfaces; NULL: unknown, "": none */
	struct addr from, to;
	uint8_t protocol;  /* IPPROTO_*; 0: unknown */
	uint16_t port;	   /* destination; 0: unknown */
	bool is_answer;	   /* of a connection that the kernel knows; else it begins one */
	bool is_published; /* it came for another address, and was translated */
};

/* What can become of it, in a chain or in all. */
enum { FATE_ACCEPT = 1, FATE_DROP = 2, FATE_GO_ON = 4, FATE_RETURN = 8 };

enum { FATE_CHAINS = 64 };

/* Where it is dropped, for sure. */
struct fate {
	bool is_dropped;	   /* in any case */
	bool is_legacy;		   /* in iptables-legacy's table filter */
	uint8_t table_family;	   /* NFPROTO_* of the table with the base chain */
	char table[64], chain[64]; /* the base chain's: there it can be let through before */
};

/* A base chain of a hook. */
struct filter {
	uint8_t family;
	char table[64], chain[64];
	unsigned hook;
	bool drops;
};

/* All of one table. */
struct filter_table {
	uint8_t family;
	char name[64];
	struct nft_rules rules; /* in order within each chain */
};

struct filters {
	struct netlink *nft; /* borrowed */
	struct filter chains[FATE_CHAINS];
	size_t chain_count;
	struct filter_table *tables;
	size_t table_count;
	struct legacy *legacy[2]; /* table filter of either family; NULL: none */
};

#define cleanup_filters cleanup_with(filters_release)

/*
 * Those of FORWARD and INPUT; tables that plugins of this project keep are left out. `nft` may be
 * closed: then only iptables-legacy is asked. What cannot be read drops nothing.
 */
void filters_read(struct netlink *nft, struct filters *ret);
void filters_release(struct filters *filters);

/* What drops the packet in any case; is_dropped is false when nothing does. */
struct fate fate_of(const struct filters *filters, const struct packet *packet);
