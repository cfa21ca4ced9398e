/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts that say whose something is. The input is two attachments, six names each on a line; then
 * bytes that are read as the user data of an nftables object, which others may have written.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <linux/netlink.h>

#include "base/alloc.h"
#include "base/text.h"
#include "net/link.h"
#include "nft/nft.h"
#include "types/name.h"
#include "types/owner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_valid(const struct attachment *attachment)
{
	const char *const names[] = { attachment->network, attachment->container_id,
				      attachment->ifname };

	for (size_t i = 0; i < array_size(names); i++)
		if (!*names[i] || strpbrk(names[i], "/#"))
			return false;
	return strlen(attachment->ifname) < IFNAMSIZ;
}

static bool is_same(const struct attachment *a, const struct attachment *b)
{
	return text_equal(a->network, b->network) && text_equal(a->container_id, b->container_id) &&
	       text_equal(a->ifname, b->ifname);
}

static void check_owner(const struct attachment *attachment, struct owner *ret)
{
	char name[IFNAMSIZ], again[IFNAMSIZ];
	uint8_t mac[MAC_SIZE];

	*ret = owner_of(attachment);
	assert(strlen(ret->text) < sizeof(ret->text));
	owner_link_name(ret, 0, name);
	owner_link_name(ret, 1, again);
	assert(strlen(name) == 12 && !text_equal(name, again));
	owner_mac(ret->text, "host", "node", mac);
	assert(!(mac[0] & 1) && mac[0] & 2);
}

/* Two attachments never share a text; each is of its own network and of no other. */
static void check_pair(const struct attachment *a, const struct attachment *b)
{
	struct owner one, two;

	check_owner(a, &one);
	check_owner(b, &two);
	if (!is_valid(a) || !is_valid(b))
		return;
	assert(text_equal(one.text, two.text) == is_same(a, b));
	assert(owner_text_is_of_network(one.text, a->network));
	assert(owner_text_is_of_network(two.text, a->network) ==
	       text_equal(a->network, b->network));
}

/* What we write as a comment is read as the same. */
static void check_comment(const char *text)
{
	static const struct nft_table table = { NFPROTO_INET, "t" };
	cleanup_nft_batch struct nft_batch batch = { 0 };
	struct nft_element element = { .set = "s", .key = { 1 }, .key_size = 4 };
	const size_t size = strnlen(text, sizeof(element.comment) - 3);
	char wanted[NFT_COMMENT] = { 0, (char)(size + 1) }, read[NFT_COMMENT];
	const char *bytes;

	if (!size)
		return;
	memcpy(wanted + 2, text, size);
	memcpy(element.comment, text, size);
	nft_add_element(&batch, &table, &element);
	bytes = memmem(batch.buffer.bytes + batch.last, batch.buffer.size - batch.last, wanted,
		       size + 3);
	assert(bytes);
	nft_read_comment(bytes, size + 3, read);
	assert(text_equal(read, element.comment));
}

static void check_user_data(const uint8_t *data, size_t size)
{
	cleanup_free uint8_t *copy = xmalloc(size);
	char comment[NFT_COMMENT];

	memcpy(copy, data, size);
	nft_read_comment(copy, size, comment);
	assert(memchr(comment, '\0', sizeof(comment)));
	(void)owner_text_is_of_network(comment, "n");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xstrndup((const char *)data, size);
	const char *names[6];
	char *rest = text;

	for (size_t i = 0; i < array_size(names); i++) {
		const char *name = strsep(&rest, "\n");

		names[i] = name ? name : "";
	}
	check_pair(&(struct attachment){ names[0], names[1], names[2] },
		   &(struct attachment){ names[3], names[4], names[5] });
	check_comment(names[0]);
	if (rest)
		check_user_data(data + (rest - text), size - (size_t)(rest - text));
	return 0;
}
