/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of ours whose content belongs to attachments. Rules are constant; what comes and goes
 * with an attachment are set elements. What an owner has is a list of entries: an address, a port
 * with its MAC. Each table keeps them in an index:
 *
 *	map owners {
 *		type ipv6_addr : …
 *		elements = { <16 bytes of SHA-512("<owner>#<i>")> comment "<owner>" : <entry> }
 *	}
 *
 * so that DEL needs to know nothing but the owner, and costs the same however many others there
 * are. An entry stands for one element in each of its sets, commented with the owner. Index and
 * sets always change together, in one transaction; that alone makes "delete it if it is still
 * mine" safe: whoever takes an element over takes the entry out of the index too, and then a
 * deletion planned on the old state fails as a whole.
 *
 * Where owners can have many entries, those beyond the first few stand in a second map: GC reads
 * the whole of the first to find all owners, and each piece of a set costs the kernel as much time
 * as all that precedes it.
 *
 * Two interfaces of one container may want the same. Where the table knows the place of an entry,
 * the second one waits: its entry stands in the index, marked, without the element. When the first
 * is removed, the second comes into effect in the same transaction (nft/owned_kin.h).
 *
 * The sets of an entry, with the rules that read them, are made for the first entry that needs
 * them and go with the last one. The table goes with the last entry of all. Other programs may
 * flush or delete any of it meanwhile: whoever adds an entry looks at all it relies on
 * (owned_frame.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "nft/nft.h"

enum {
	OWNED_ENTRY = 48,
	OWNED_SETS = 2,
	OWNED_CHAINS = 16,
	OWNED_WORDS = 160,
	OWNED_WAITS = 0x80, /* in the first byte, where the table has place() */
};

struct owned_entry {
	uint8_t bytes[OWNED_ENTRY]; /* zero behind those the table uses: memcmp() compares them */
	const void *about;	    /* what rule() must know besides; not kept, else NULL */
};

struct owned_table {
	struct nft_table table;
	struct nft_set index; /* its data is the entry */
	const char *more;     /* name of a second map like it, or NULL: see above */
	const struct nft_base_chain *chains;
	size_t chain_count;
	size_t set_count, rule_count; /* of one entry */
	struct nft_set (*set)(const struct owned_entry *entry, size_t i);
	/* In set i; one without a set's name when the entry has none, because it waits or only
	 * tells. */
	struct nft_element (*element)(const struct owned_entry *entry, size_t i);
	/* Entries with the same place have the same owner; false: it has none. NULL: nobody waits.
	 */
	bool (*place)(const struct owned_entry *entry, struct owned_entry *ret);
	struct nftnl_rule *(*rule)(const struct owned_entry *entry,
				   size_t i); /* in one of the chains; NULL: it needs no more */
	size_t fixed_rule_count;
	struct nftnl_rule *(*fixed_rule)(size_t i); /* made with the table, before all others */
};

/* Decides for GC. */
typedef bool owner_keep_fn(const char *owner_text, void *data);

/* Gives the owner exactly these entries; their elements are taken from whoever has them. */
int owned_set(struct netlink *nl, const struct owned_table *table, const char *owner,
	      const struct owned_entry *entries, size_t count) must_check;

/*
 * Asked about a wanted entry of whose element another owner is the holder: 0 lets it be taken over,
 * OWNED_WAIT lets all entries of its place wait until the holder, an interface of the same
 * container, gives it up; a negative number is the result of the whole.
 */
enum { OWNED_WAIT = 1 };

typedef int owned_dispute_fn(struct netlink *nl, const struct owned_entry *entry,
			     const char *holder, void *data);

/* The same, but asks first; nothing is changed when an element may not be taken. */
int owned_claim(struct netlink *nl, const struct owned_table *table, const char *owner,
		const struct owned_entry *entries, size_t count, owned_dispute_fn *dispute,
		void *data) must_check;

/* Removes all that these owners have. */
int owned_delete(struct netlink *nl, const struct owned_table *table, const char *const *owners,
		 size_t count) must_check;

/* Removes all that owners of the network have for which keep() is false. */
int owned_collect(struct netlink *nl, const struct owned_table *table, const char *network,
		  owner_keep_fn *keep, void *data) must_check;

enum owned_state {
	OWNED_WELL,
	OWNED_NO_TABLE,
	OWNED_NO_CHAIN,
	OWNED_NO_RULE,
	OWNED_NO_ELEMENT,
	OWNED_NO_INDEX,
	OWNED_ALTERED /* others did something else to it: see the words */
};

/* The first thing that is missing, and which entry needs it: by its number, or OWNED_ALL. */
struct owned_finding {
	enum owned_state state;
	size_t entry;
	char words[OWNED_WORDS]; /* OWNED_ALTERED: what, as in "table inet t: it is dormant" */
};

#define OWNED_ALL ((size_t)-1)

/* The words of a finding, or those for its state. */
static inline const char *owned_words(const struct owned_finding *found,
				      const char *const missing[])
{
	return found->state == OWNED_ALTERED ? found->words : missing[found->state];
}

/*
 * Looks at these entries of the owner, at the rules they need, and at those that were made with
 * the table. Reads each chain and the owner's index once.
 */
int owned_check(struct netlink *nl, const struct owned_table *table, const char *owner,
		const struct owned_entry *entries, size_t count,
		struct owned_finding *ret) must_check;

/*
 * nft_fail() for what a change of the table, with these entries, ended in: names what others made
 * of it, with code 103, when that is the cause.
 */
int owned_fail(struct netlink *nl, const struct owned_table *table,
	       const struct owned_entry *entries, size_t count, struct cni_error *err, int r,
	       const char *format, ...) printf_like(7, 8);

/*
 * STATUS: code 50 when others made of the table what no ADD can use. What is missing, and the next
 * ADD restores, is told on stderr.
 */
int owned_status(struct netlink *nl, const struct owned_table *table,
		 struct cni_error *err) must_check;
