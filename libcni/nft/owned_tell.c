/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how to tell what others did to an owned table. */
#include <errno.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/warn.h"
#include "nft/change.h"
#include "nft/owned_claims.h"

int owned_fail(struct netlink *nl, const struct owned_table *table,
	       const struct owned_entry *entries, size_t count, struct cni_error *err, int r,
	       const char *format, ...)
{
	cleanup_text struct text words = { 0 }, help = { 0 };
	cleanup_free char *what = NULL;
	struct netlink asking = *nl; /* the kernel's words stay in `nl` */
	bool is_foreign;
	va_list args;

	va_start(args, format);
	what = xvasprintf(format, args);
	va_end(args);
	is_foreign = r != -EAGAIN && r != -EINTR &&
		     claims_find_foreign(&asking, table, entries, count, &words, &help);
	nl->seq = asking.seq;
	if (!is_foreign)
		return nft_fail(nl, err, r, "%s", what);
	(void)cni_fail(err, CNI_ERR_CONFLICT, 0, "%s: %s", what, words.s);
	cni_error_details(err, "%s", help.s);
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
			"another program has changed nftables %s: %s; the next ADD restores it, until "
			"then containers lack its effect",
			name.s, missing);
	return 0;
}
