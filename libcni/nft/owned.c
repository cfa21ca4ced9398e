/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows how owned tables change together: all requests are planned and sent in one transaction, and
 * anew when somebody interferes. Afterwards what became empty is tidied.
 */
#include "nft/owned.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/warn.h"
#include "nft/change.h"
#include "nft/owned_claims.h"
#include "nft/owned_request.h"
#include "nft/owned_tidy.h"

struct changing {
	struct owned_request *requests;
	size_t count, culprit;
	uint32_t refused; /* number of the change that the kernel refused, 0: the whole */
};

static int plan(struct netlink *nl, struct nft_batch *batch, void *data)
{
	struct changing *changing = data;

	batch->refused = &changing->refused;
	changing->refused = 0;
	for (size_t i = 0; i < changing->count; i++) {
		int r;

		changing->culprit = i;
		changing->requests[i].first = batch->buffer.count;
		r = owned_plan(nl, batch, &changing->requests[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static size_t find_culprit(const struct changing *changing)
{
	size_t culprit = changing->culprit;

	while (changing->refused > 0 && culprit > 0 &&
	       changing->requests[culprit].first > changing->refused)
		culprit--;
	return culprit;
}

int owned_change(struct netlink *nl, struct owned_request *requests, size_t count,
		 size_t *ret_culprit)
{
	struct changing changing = { .requests = requests, .count = count };
	int r = nft_change(nl, plan, &changing);

	*ret_culprit = find_culprit(&changing);
	if (r == 0)
		owned_requests_tidy(nl, requests, count);
	return r;
}

void owned_requests_release(struct owned_request *requests, size_t count)
{
	for (size_t i = 0; i < count; i++)
		owned_entries_release(&requests[i].gone);
	free(requests);
}

int owned_set(struct netlink *nl, const char *owner, const struct owned_wish *wishes, size_t count,
	      struct cni_error *err)
{
	struct owned_request *requests = xcalloc(count + 1, sizeof(*requests));
	size_t culprit = 0;
	int r;

	for (size_t i = 0; i < count; i++) {
		const struct owned_wish *wish = &wishes[i];

		requests[i] = (struct owned_request){ .table = wish->table,
						      .owners = &owner,
						      .owner_count = 1,
						      .dispute = wish->dispute,
						      .data = wish->data };
		owned_entries_add_each(&requests[i].wanted, &wish->entries);
	}
	r = count > 0 ? owned_change(nl, requests, count, &culprit) : 0;
	for (size_t i = 0; i < count; i++)
		owned_entries_release(&requests[i].wanted);
	owned_requests_release(requests, count);
	return r < 0 ? owned_fail(nl, &wishes[culprit], err, r) : 0;
}

/* Nobody could put anything of ours into what others made. */
static int forgive(struct netlink *nl, const struct owned_request *request, int r)
{
	cleanup_text struct text words = { 0 }, help = { 0 };
	const struct owned_wish none = { .table = request->table };

	if ((r < 0 && r != -EPERM && r != -EINVAL) || (r == 0 && !request->is_misfit) ||
	    !claims_find_foreign(nl, &none, &words, &help))
		return r;
	cni_warn("%s; it is left as it is", words.s);
	return 0;
}

static int delete_from(struct netlink *nl, const char *const *owners, size_t owner_count,
		       const struct owned_table *const *tables, size_t count)
{
	struct owned_request *requests = xcalloc(count + 1, sizeof(*requests));
	size_t culprit;
	int r;

	for (size_t i = 0; i < count; i++)
		requests[i] = (struct owned_request){ .table = tables[i],
						      .owners = owners,
						      .owner_count = owner_count };
	r = owned_change(nl, requests, count, &culprit);
	for (size_t i = 0; i < count && (r == 0 || count == 1); i++)
		r = forgive(nl, &requests[i], r);
	owned_requests_release(requests, count);
	return r;
}

int owned_delete_from(struct netlink *nl, const char *const *owners, size_t owner_count,
		      const struct owned_table *table)
{
	return delete_from(nl, owners, owner_count, &table, 1);
}

/* What is wrong with one table does not keep the others from being cleaned. */
int owned_delete(struct netlink *nl, const char *owner, const struct owned_table *const *tables,
		 size_t count, struct cni_error *err)
{
	cleanup_error struct cni_error more = { 0 };
	int result = 0;

	if (count > 1 && delete_from(nl, &owner, 1, tables, count) == 0)
		return 0;
	for (size_t i = 0; i < count; i++) {
		int r = delete_from(nl, &owner, 1, &tables[i], 1);

		if (r < 0)
			(void)nft_fail(nl, &more, r, "%s %s", tables[i]->words.remove, owner);
		result = cni_error_collect(err, &more, result, r);
	}
	return result;
}

int owned_read(struct netlink *nl, const struct owned_table *table, const char *owner,
	       struct owned_entries *ret)
{
	cleanup_shares struct owned_shares shares = { 0 };
	int r;

	(void)owned_shares_of(&shares, owner); /* the only one */
	r = owned_shares_read(nl, table, &shares);
	if (r < 0)
		return r;
	*ret = shares.items[0].before;
	shares.items[0].before = (struct owned_entries){ 0 };
	return 0;
}
