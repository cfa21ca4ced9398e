/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how tables are listed. */
#include "nft/present.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "nft/answer.h"
#include "nft/ask.h"

struct present_table {
	uint8_t family;
	char name[NFT_NAME]; /* a longer one is none that anybody looks for */
};

static int take_table(const struct nlmsghdr *answer, void *place)
{
	const struct nfgenmsg *header = NLMSG_DATA(answer);
	struct nft_present *present = place;
	struct present_table table = { 0 };
	const char *name;

	if (!nft_answer_is(answer, NFT_MSG_NEWTABLE))
		return -EBADMSG;
	/* The list changed while it was told. */
	present->is_unknown |= (answer->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
	name = nft_text(nft_answer_find(answer, NFTA_TABLE_NAME));
	if (!name || strlen(name) >= sizeof(table.name))
		return 0;
	table.family = header->nfgen_family;
	(void)snprintf(table.name, sizeof(table.name), "%s", name); /* fits */
	present->items = xgrow(present->items, present->count, sizeof(table));
	present->items[present->count++] = table;
	return 0;
}

void nft_present_read(struct netlink *nl, struct nft_present *ret)
{
	const struct nft_table all = { .family = AF_UNSPEC, .name = "" };
	cleanup_nft_ask struct nft_ask ask = { 0 };

	nft_ask_any(&ask, NFT_MSG_GETTABLE, NLM_F_DUMP, &all, NULL, take_table, ret);
	ret->is_unknown |= nft_ask_run(nl, &ask) < 0;
}

bool nft_present_has(const struct nft_present *present, const struct nft_table *table)
{
	for (size_t i = 0; i < present->count; i++) {
		if (present->items[i].family == table->family &&
		    text_equal(present->items[i].name, table->name))
			return true;
	}
	return present->is_unknown;
}

bool nft_present_get(const struct nft_present *present, size_t i, struct nft_table *ret)
{
	if (i >= present->count)
		return false;
	*ret = (struct nft_table){ present->items[i].family, present->items[i].name };
	return true;
}

void nft_present_release(struct nft_present *present)
{
	free(present->items);
	*present = (struct nft_present){ 0 };
}
