/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the keys under which the owners of one container are noted. */
#include "nft/owned_kin.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sha512.h"
#include "base/text.h"
#include "nft/ask.h"

enum { ASKED_AT_ONCE = 4 };

/* "/container" of "network/container/interface". */
static void container_of(const char *owner, char ret[NFT_COMMENT])
{
	const char *start = strchr(owner, '/');
	const char *end = start ? strchr(start + 1, '/') : NULL;

	ret[0] = '\0';
	if (end)
		(void)snprintf(ret, NFT_COMMENT, "%.*s", (int)(end - start), start); /* it fits */
}

bool owned_is_kin(const char *owner, const char *other)
{
	char one[NFT_COMMENT], two[NFT_COMMENT];

	container_of(owner, one);
	container_of(other, two);
	return one[0] && text_equal(one, two);
}

static struct nft_element note(const struct owned_table *table, const char *container, size_t i)
{
	struct nft_element element = { .key_size = table->index.key_size,
				       .data_size = table->index.data_size };
	char text[NFT_COMMENT + sizeof("#18446744073709551615")];
	uint8_t digest[SHA512_SIZE];

	(void)snprintf(text, sizeof(text), "%s#%zu", container, i); /* it fits */
	sha512(text, strlen(text), digest);
	memcpy(element.key, digest, element.key_size);
	(void)snprintf(element.set, sizeof(element.set), "%s", table->more); /* it is shorter */
	return element;
}

static void add_owner(struct nft_elements *list, const char *owner)
{
	struct nft_element element = { 0 };

	(void)snprintf(element.comment, sizeof(element.comment), "%s", owner); /* same room */
	list->items = xgrow(list->items, list->count, sizeof(element));
	list->items[list->count++] = element;
}

static int read_kin(struct netlink *nl, const struct owned_table *table, struct owned_kin *kin)
{
	size_t count;

	do {
		cleanup_nft_ask struct nft_ask ask = { 0 };
		struct nft_element wanted[ASKED_AT_ONCE];
		int r;

		count = kin->before.count;
		for (size_t i = 0; i < ASKED_AT_ONCE; i++)
			wanted[i] = note(table, kin->container, count + i);
		nft_ask_elements(&ask, &table->table, wanted, ASKED_AT_ONCE, &kin->before);
		r = nft_ask_run(nl, &ask);
		if (r < 0)
			return r;
	} while (kin->before.count == count + ASKED_AT_ONCE);
	for (size_t i = 0; i < kin->before.count; i++)
		add_owner(&kin->after, kin->before.items[i].comment);
	return 0;
}

int owned_kins_of(struct netlink *nl, const struct owned_table *table, struct owned_kins *kins,
		  const char *owner, struct owned_kin **ret)
{
	char container[NFT_COMMENT];

	container_of(owner, container);
	for (size_t i = 0; i < kins->count; i++) {
		*ret = &kins->items[i];
		if (text_equal((*ret)->container, container))
			return 0;
	}
	kins->items = xgrow(kins->items, kins->count, sizeof(*kins->items));
	*ret = &kins->items[kins->count++];
	**ret = (struct owned_kin){ 0 };
	memcpy((*ret)->container, container, sizeof(container));
	return read_kin(nl, table, *ret);
}

void owned_kin_add(struct owned_kin *kin, const char *owner)
{
	for (size_t i = 0; i < kin->after.count; i++) {
		if (text_equal(kin->after.items[i].comment, owner))
			return;
	}
	add_owner(&kin->after, owner);
}

void owned_kin_remove(struct owned_kin *kin, const char *owner)
{
	struct nft_elements *after = &kin->after;

	for (size_t i = 0; i < after->count; i++) {
		if (text_equal(after->items[i].comment, owner)) {
			after->items[i] = after->items[--after->count];
			return;
		}
	}
}

static void write_kin(struct nft_batch *batch, const struct owned_table *table,
		      const struct owned_kin *kin)
{
	const struct nft_elements *before = &kin->before, *after = &kin->after;
	size_t count = before->count > after->count ? before->count : after->count;
	struct nft_element end = note(table, kin->container, count);

	for (size_t i = 0; i < count; i++) {
		struct nft_element element = note(table, kin->container, i);

		if (i < before->count && i < after->count &&
		    text_equal(before->items[i].comment, after->items[i].comment))
			continue;
		if (i < before->count)
			nft_delete_element(batch, &table->table, &element);
		if (i < after->count) {
			memcpy(element.comment, after->items[i].comment, sizeof(element.comment));
			nft_add_element(batch, &table->table, &element);
		}
	}
	/* The kernel refuses this, and so the whole, when the list has grown meanwhile. */
	nft_add_element(batch, &table->table, &end);
	nft_delete_element(batch, &table->table, &end);
}

void owned_kins_write(struct nft_batch *batch, const struct owned_table *table,
		      const struct owned_kins *kins)
{
	for (size_t i = 0; i < kins->count; i++)
		write_kin(batch, table, &kins->items[i]);
}

void owned_kins_release(struct owned_kins *kins)
{
	for (size_t i = 0; i < kins->count; i++) {
		nft_elements_release(&kins->items[i].before);
		nft_elements_release(&kins->items[i].after);
	}
	free(kins->items);
	*kins = (struct owned_kins){ 0 };
}
