/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a change is to make of one owned table. */
#pragma once

#include "nft/owned_share.h"

/* The first owner gets the wanted entries, the others nothing. */
struct owned_request {
	const struct owned_table *table;
	const char *const *owners;
	size_t owner_count;
	struct owned_entries wanted;
	owned_dispute_fn *dispute; /* NULL: whatever others have is taken over */
	void *data;

	/* after owned_plan(): */
	struct owned_entries gone; /* entries that were given up */
	bool is_misfit;		   /* others made the index */
	uint32_t first;		   /* number of its first change in the batch */
};

/* Reads what there is, and adds the changes to the batch. May be called again. */
int owned_plan(struct netlink *nl, struct nft_batch *batch,
	       struct owned_request *request) must_check;

/*
 * Carries the requests, which are about different tables, out in one transaction, and tidies
 * afterwards. *ret_culprit is the one that a failure is about.
 */
int owned_change(struct netlink *nl, struct owned_request *requests, size_t count,
		 size_t *ret_culprit) must_check;

/* Frees what owned_plan() found. */
void owned_requests_release(struct owned_request *requests, size_t count);

/* Removes what these owners have in the table. */
int owned_delete_from(struct netlink *nl, const char *const *owners, size_t owner_count,
		      const struct owned_table *table) must_check;

/*
 * Fails with the words of the table, and names what others made of it, with code 103, when that is
 * the cause. An error that is filled stays.
 */
int owned_fail(struct netlink *nl, const struct owned_wish *wish, struct cni_error *err, int r);
