/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The objects of nftables, and batches of changes to them that take effect together or not at
 * all.
 */
#pragma once

#include <netinet/in.h> /* before the kernel's headers, which then leave the same names out */

#include <linux/netfilter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "nft/buffer.h"

struct nftnl_rule;

enum {
	NFT_NAME = 64,	   /* room for the name of a set of ours */
	NFT_KEY = 64,	   /* room for the key or the data of an element */
	NFT_COMMENT = 256, /* room for a comment; the kernel keeps no more */
};

/*
 * Types of keys and data as the nft tool numbers them: with these it prints and reloads what we
 * make.
 */
enum nft_type {
	NFT_TYPE_IPV4 = 7,
	NFT_TYPE_IPV6 = 8,
	NFT_TYPE_ETHER = 9,
	NFT_TYPE_PROTOCOL = 12,
	NFT_TYPE_PORT = 13,
	NFT_TYPE_IFNAME = 41
};

/* The type of a concatenation, `a . b`; each part takes a multiple of four bytes. */
#define NFT_TYPE_PAIR(a, b) ((uint32_t)(a) << 6 | (uint32_t)(b))

struct nft_table {
	uint8_t family; /* NFPROTO_INET, … */
	const char *name;
};

const char *nft_family(uint8_t family); /* "inet", as the nft tool says it */

struct nft_base_chain {
	const char *name;
	const char *type; /* "nat", "filter"; NULL: no base chain, other rules jump to it */
	unsigned hook;
	int priority;
};

struct nft_set {
	char name[NFT_NAME];
	uint32_t key_type, key_size;
	uint32_t data_type, data_size; /* 0: a set; else a map */
};

struct nft_element {
	char set[NFT_NAME];
	uint8_t key[NFT_KEY], data[NFT_KEY];
	size_t key_size, data_size;
	char comment[NFT_COMMENT]; /* "": none */
};

/* A transaction; starts as all zero. */
struct nft_batch {
	struct nft_buffer buffer;
	size_t last;	    /* where the last change begins */
	bool is_structural; /* makes or deletes more than elements */
	uint32_t *refused;  /* gets the number of the message that failed, 0: all; may be NULL */
};

#define cleanup_nft_batch cleanup_with(nft_batch_release)

void nft_batch_release(struct nft_batch *batch);

/* Opens the transaction; done by the first change. */
void nft_batch_begin(struct nft_batch *batch);

/* Additions fail with EEXIST when it is there already, deletions with ENOENT when it is not. */
void nft_add_table(struct nft_batch *batch, const struct nft_table *table);
void nft_delete_table(struct nft_batch *batch,
		      const struct nft_table *table); /* with all it holds */
void nft_add_base_chain(struct nft_batch *batch, const struct nft_table *table,
			const struct nft_base_chain *chain);

/* Of the family NFPROTO_NETDEV: it sees what comes from this link. */
void nft_add_device_chain(struct nft_batch *batch, const struct nft_table *table,
			  const struct nft_base_chain *chain, const char *device);

/* Makes the chain unless it is there; a base chain lets pass what no rule decides about. */
void nft_ensure_chain(struct nft_batch *batch, const struct nft_table *table,
		      const struct nft_base_chain *chain);

/* Takes all flags away: NFT_TABLE_F_DORMANT. Behind the base chains that the batch makes. */
void nft_wake_table(struct nft_batch *batch, const struct nft_table *table);
void nft_delete_chain(struct nft_batch *batch, const struct nft_table *table,
		      const char *chain); /* with its rules */
void nft_add_set(struct nft_batch *batch, const struct nft_table *table, const struct nft_set *set);
void nft_delete_set(struct nft_batch *batch, const struct nft_table *table,
		    const char *set); /* EBUSY: not empty */
void nft_add_element(struct nft_batch *batch, const struct nft_table *table,
		     const struct nft_element *element);
void nft_delete_element(struct nft_batch *batch, const struct nft_table *table,
			const struct nft_element *element);

/* An empty rule; expr.h fills it, nft_add_rule() takes it. */
struct nftnl_rule *nft_rule(const struct nft_table *table, const char *chain) must_check;
struct nftnl_rule *nft_rule_move(struct nftnl_rule *rule,
				 const struct nft_table *table); /* now of another table */
void nft_add_rule(struct nft_batch *batch, struct nftnl_rule *rule);
void nft_insert_rule(struct nft_batch *batch, struct nftnl_rule *rule); /* before all others */
void nft_delete_rule(struct nft_batch *batch, const struct nft_table *table, const char *chain,
		     uint64_t handle);

/* Writes elements of one set into a message: whole, or only their keys. */
void nft_build_elements(struct nlmsghdr *message, const struct nft_table *table,
			const struct nft_element *elements, size_t count, bool whole);

void nft_rule_set_comment(struct nftnl_rule *rule, const char *comment);

/* The text of an entry of this type in user data; "": none. */
void nft_read_user_text(const void *user_data, size_t size, uint8_t type, char ret[NFT_COMMENT]);

/* The comment in the user data of an element or rule; "": none. */
void nft_read_comment(const void *user_data, size_t size, char ret[NFT_COMMENT]);
