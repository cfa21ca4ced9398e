/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions about nftables objects, many at once; that something is missing is an answer, not an
 * error.
 */
#pragma once

#include "nft/nft.h"

struct nft_question;

/* Starts as all zero; the places for the answers must live until nft_ask_run() returns. */
struct nft_ask {
	struct nft_buffer buffer;
	struct nft_question *questions; /* one for each message */
	bool is_misfit; /* a set that was asked for an element has keys of another size */
};

#define cleanup_nft_ask cleanup_with(nft_ask_release)

/* Who holds an element. */
struct nft_holder {
	bool exists;
	uint8_t data[NFT_KEY]; /* of a map; else zero */
	char comment[NFT_COMMENT];
};

struct nft_set_state {
	bool exists, is_counted;
	uint32_t count; /* the kernel counts the elements for us since Linux 6.16 */
	uint32_t key_size, data_size;
	uint32_t flags; /* NFT_SET_* */
};

/* Elements found; starts as all zero. */
struct nft_elements {
	struct nft_element *items;
	size_t count;
};

#define cleanup_nft_elements cleanup_with(nft_elements_release)

void nft_ask_table(struct nft_ask *ask, const struct nft_table *table, bool *ret);
void nft_ask_chain(struct nft_ask *ask, const struct nft_table *table, const char *chain,
		   bool *ret);
/*
 * Anything of a table: takes the answers to a message of this type. With NLM_F_DUMP as flags it is
 * a list; a socket can tell one at a time, so an ask has at most one, among the first few
 * questions.
 */
typedef int nft_take_fn(const struct nlmsghdr *answer, void *place);
void nft_ask_any(struct nft_ask *ask, int type, int flags, const struct nft_table *table,
		 const char *chain_or_null, nft_take_fn *take, void *place);

void nft_ask_set(struct nft_ask *ask, const struct nft_table *table, const char *set,
		 struct nft_set_state *ret);
void nft_ask_element(struct nft_ask *ask, const struct nft_table *table,
		     const struct nft_element *element, struct nft_holder *ret);

/* Adds to `ret`, at most `count`, the elements with these keys, up to the first that is missing. */
void nft_ask_elements(struct nft_ask *ask, const struct nft_table *table,
		      const struct nft_element *elements, size_t count, struct nft_elements *ret);

/*
 * Sends the questions, a few at a time, and fills in the answers; the ask can be used again
 * afterwards.
 */
int nft_ask_run(struct netlink *nl, struct nft_ask *ask) must_check;
void nft_ask_release(struct nft_ask *ask);
void nft_elements_release(struct nft_elements *elements);

/*
 * Calls `fn` for the elements of a set until it returns non-zero, which is then the result;
 * -ENOENT when there is no such set. Reads no further than needed. What others change meanwhile
 * may be missing or there twice. In the namespace of the caller.
 */
typedef int nft_element_fn(const struct nft_element *element, void *data);
int nft_each_element(const struct nft_table *table, const char *set, nft_element_fn *fn,
		     void *data) must_check;
