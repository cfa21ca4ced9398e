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
#include "base/text.h"
#include "nft/nft.h"

enum {
	OWNED_ENTRY = 48,
	OWNED_SETS = 2,
	OWNED_CHAINS = 16,
	OWNED_WAITS = 0x80, /* in the first byte, where the table has place() */
};

struct owned_entry {
	uint8_t bytes[OWNED_ENTRY]; /* zero behind those the table uses: memcmp() compares them */
	const void *about;	    /* what rule() must know besides; not kept, else NULL */
};

/* Starts as all zero. */
struct owned_entries {
	struct owned_entry *items;
	size_t count;
};

#define cleanup_entries cleanup_with(owned_entries_release)

void owned_entries_add(struct owned_entries *entries, const struct owned_entry *entry);
void owned_entries_release(struct owned_entries *entries);

/* Adds the items to an empty list in their order, equal ones only once. */
void owned_entries_add_each(struct owned_entries *entries, const struct owned_entries *list);

/* How errors name what the table does; the rest follows behind a space. */
struct owned_words {
	const char *add;	   /* "cannot add masquerade for" 10.1.0.5/16 */
	const char *read, *remove; /* "cannot remove masquerade of" the owner */
	const char *collect;	   /* "cannot clean up masquerade of network" podnet */
	const char *lacks;	   /* 10.1.0.5/16 "is not masqueraded": why */
};

struct owned_table {
	struct nft_table table;
	struct owned_words words;
	void (*tell)(const struct owned_entry *entry, struct text *ret); /* "10.1.0.5/16" */
	struct nft_set index;						 /* its data is the entry */
	const char *more; /* name of a second map like it, or NULL: see above */
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

/* Keys of every index are cuts of hashes, in the type of nftables that has their size. */
#define OWNED_INDEX(type, size)                                                                    \
	{                                                                                          \
		.name = "owners", .key_type = NFT_TYPE_IPV6, .key_size = 16, .data_type = (type),  \
		.data_size = (size)                                                                \
	}

/* Decides for GC. */
typedef bool owner_keep_fn(const char *owner_text, void *data);

/*
 * Asked about a wanted entry of whose element another owner is the holder: 0 lets it be taken over,
 * OWNED_WAIT lets all entries of its place wait until the holder, an interface of the same
 * container, gives it up; a negative number is the result of the whole.
 */
enum { OWNED_WAIT = 1 };

typedef int owned_dispute_fn(struct netlink *nl, const struct owned_entry *entry,
			     const char *holder, void *data);

/* What an owner is to have in a table: exactly these entries. */
struct owned_wish {
	const struct owned_table *table;
	struct owned_entries entries; /* borrowed */
	owned_dispute_fn *dispute;    /* NULL: whatever others have is taken over */
	void *data;
};

/*
 * ADD: grants the wishes, which are for different tables, in one transaction. Nothing is changed
 * when one of them cannot be granted. The error is that of the dispute, if that set one; it names
 * what others made of the table, with code 103, when that is the cause.
 */
int owned_set(struct netlink *nl, const char *owner, const struct owned_wish *wishes, size_t count,
	      struct cni_error *err) must_check;

/* DEL: removes all that the owner has in these tables. Goes on after errors. */
int owned_delete(struct netlink *nl, const char *owner, const struct owned_table *const *tables,
		 size_t count, struct cni_error *err) must_check;

/*
 * GC: removes all that owners of the network have in these tables for which keep() is false. Goes
 * on after errors.
 */
int owned_collect(struct netlink *nl, const char *network, owner_keep_fn *keep, void *data,
		  const struct owned_table *const *tables, size_t count,
		  struct cni_error *err) must_check;

enum owned_state {
	OWNED_WELL,
	OWNED_NO_TABLE,
	OWNED_NO_CHAIN,
	OWNED_NO_RULE,
	OWNED_NO_ELEMENT,
	OWNED_NO_INDEX,
	OWNED_ALTERED /* others did something else to it: see the words */
};

enum { OWNED_WORDS = 160 };

/* The first thing that is missing, and which entry needs it: by its number, or OWNED_ALL. */
struct owned_finding {
	enum owned_state state;
	size_t entry;
	char words[OWNED_WORDS]; /* OWNED_ALTERED: what, as in "table inet t: it is dormant" */
};

#define OWNED_ALL ((size_t)-1)

/*
 * Looks at the entries of the owner, at the rules they need, and at those that were made with the
 * table. Reads each chain and the owner's index once.
 */
int owned_inspect(struct netlink *nl, const char *owner, const struct owned_wish *wish,
		  struct owned_finding *ret) must_check;

/* CHECK: the same; code 104 with the words of the table. */
int owned_check(struct netlink *nl, const char *owner, const struct owned_wish *wish,
		struct cni_error *err) must_check;

/*
 * STATUS: code 50 when others made of the table what no ADD can use. What is missing, and the next
 * ADD restores, is told on stderr.
 */
int owned_status(struct netlink *nl, const struct owned_table *table,
		 struct cni_error *err) must_check;

/* Removes the table when nobody has anything in it, which is the doing of who was killed. */
void owned_tidy(struct netlink *nl, const struct owned_table *table);

/* What the owner has. */
int owned_read(struct netlink *nl, const struct owned_table *table, const char *owner,
	       struct owned_entries *ret) must_check;

/* True when both are interfaces of one container. */
bool owned_is_kin(const char *owner, const char *other);

/* True when the entry waits for somebody else's. */
static inline bool owned_waits(const struct owned_entry *entry)
{
	return entry->bytes[0] & OWNED_WAITS;
}

static inline struct owned_entry owned_waiting(struct owned_entry entry, bool waits)
{
	entry.bytes[0] = (uint8_t)(waits ? entry.bytes[0] | OWNED_WAITS
					 : entry.bytes[0] & ~OWNED_WAITS);
	return entry;
}

/* Adds the places of those entries that wait (or do not) and have one. */
void owned_places(const struct owned_table *table, const struct owned_entries *entries,
		  bool waiting, struct owned_entries *ret);

/*
 * A list of entries, sorted: many questions about many entries stay cheap. Borrows the entries,
 * which must not change meanwhile.
 */
struct owned_lookup {
	const struct owned_entry **sorted;
	size_t count;
};

#define cleanup_lookup cleanup_with(owned_lookup_release)

struct owned_lookup owned_lookup_of(const struct owned_entries *entries) must_check;
bool owned_lookup_has(const struct owned_lookup *lookup, const struct owned_entry *entry);
void owned_lookup_release(struct owned_lookup *lookup);
