/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how to tell what others did to an owned table. */
#include <errno.h>

#include "base/alloc.h"
#include "base/warn.h"
#include "nft/change.h"
#include "nft/owned_claims.h"
#include "nft/owned_request.h"

/* " 10.1.0.5/16, fd00::5/64"; what entries in a row have in common is told once. */
static void tell_entries(const struct owned_wish *wish, struct text *ret)
{
	const struct owned_entries *entries = &wish->entries;
	cleanup_text struct text last = { 0 };

	for (size_t i = 0; wish->table->tell && i < entries->count; i++) {
		struct text text = { 0 };

		wish->table->tell(&entries->items[i], &text);
		if (!last.s || !text_equal(text.s, last.s))
			text_addf(ret, "%s%s", last.s ? ", " : " ", text.s);
		text_release(&last);
		last = text;
	}
}

int owned_fail(struct netlink *nl, const struct owned_wish *wish, struct cni_error *err, int r)
{
	const char *what = wish->table->words.add;
	cleanup_text struct text entries = { 0 }, words = { 0 }, help = { 0 };
	struct netlink asking = *nl; /* the kernel's words stay in `nl` */
	bool is_foreign;

	if (err && cni_error_is_set(err))
		return r;
	text_add(&entries, "");
	tell_entries(wish, &entries);
	is_foreign = r != -EAGAIN && r != -EINTR &&
		     claims_find_foreign(&asking, wish, &words, &help);
	nl->seq = asking.seq;
	if (!is_foreign)
		return nft_fail(nl, err, r, "%s%s", what, entries.s);
	(void)cni_fail(err, CNI_ERR_CONFLICT, 0, "%s%s: %s", what, entries.s, words.s);
	cni_error_details(err, "%s", help.s);
	return r;
}

static void tell_missing(const struct owned_table *table, const struct owned_finding *found,
			 struct text *ret)
{
	static const struct {
		const char *before, *behind;
	} words[] = {
		[OWNED_NO_TABLE] = { "", " is missing" },
		[OWNED_NO_CHAIN] = { "a chain of ", " is missing" },
		[OWNED_NO_RULE] = { "a rule of ", " is missing" },
		[OWNED_NO_ELEMENT] = { "the sets of ", " lack it" },
		[OWNED_NO_INDEX] = { "it is not in map owners of ", "" },
	};

	if (found->state == OWNED_ALTERED) {
		text_add(ret, found->words);
		return;
	}
	text_add(ret, words[found->state].before);
	owned_name(table, ret);
	text_add(ret, words[found->state].behind);
}

int owned_check(struct netlink *nl, const char *owner, const struct owned_wish *wish,
		struct cni_error *err)
{
	const struct owned_table *table = wish->table;
	cleanup_text struct text entry = { 0 }, missing = { 0 };
	struct owned_finding found;
	int r;

	if (wish->entries.count == 0)
		return 0;
	r = owned_inspect(nl, owner, wish, &found);
	if (r < 0)
		return nft_fail(nl, err, r, "%s %s", table->words.read, owner);
	if (found.state == OWNED_WELL)
		return 0;
	table->tell(&wish->entries.items[found.entry == OWNED_ALL ? 0 : found.entry], &entry);
	tell_missing(table, &found, &missing);
	r = cni_fail(err, CNI_ERR_CHECK, 0, "%s %s: %s", entry.s, table->words.lacks, missing.s);
	cni_error_details(
		err,
		"another program has changed the nftables ruleset; attach the container anew, which restores it");
	return r;
}

int owned_status(struct netlink *nl, const struct owned_table *table, struct cni_error *err)
{
	cleanup_text struct text words = { 0 }, help = { 0 }, name = { 0 };
	cleanup_frame struct owned_frame frame = { 0 };
	cleanup_nft_ask struct nft_ask ask = { 0 };
	const char *missing;
	int r;

	owned_name(table, &name);
	owned_frame_ask(&frame, table, &ask);
	r = nft_ask_run(nl, &ask);
	owned_frame_read(&frame);
	if (r < 0)
		return cni_fail(err, CNI_ERR_NOT_AVAILABLE, -r, "cannot read nftables %s", name.s);
	if (owned_frame_is_foreign(&frame, &words, &help)) {
		(void)cni_fail(err, CNI_ERR_NOT_AVAILABLE, 0, "%s", words.s);
		cni_error_details(err, "%s", help.s);
		return -EINVAL;
	}
	missing = owned_frame_missing(&frame);
	if (missing)
		cni_warn(
			"another program has changed nftables %s: %s; the next ADD restores it, until then containers lack its effect",
			name.s, missing);
	return 0;
}
