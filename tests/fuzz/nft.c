/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel answers about tables, chains, rules, sets and their elements, which other
 * programs may have made. The first byte of the input says what is asked for, the rest is the
 * answer (kernel.h).
 */
#include <string.h>

#include "kernel.h"
#include "libcni/nft/ask.c" /* NOLINT(bugprone-suspicious-include): its static functions */
#include "nft/chains.h"
#include "nft/change.h"
#include "nft/ipspoof.h"
#include "nft/macspoof.h"
#include "nft/masquerade.h"
#include "nft/reference.h"
#include "nft/rule_list.h"
#include "nft/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct nft_table table = { NFPROTO_INET, "cni_masquerade" };
static const struct attachment attachment = { "net", "c", "eth0" };
static const char owner[] = "net/c/eth0";
static const struct prefix address = { { AF_INET, { 10, 1, 0, 5 } }, 16 };
static const uint8_t mac[MAC_SIZE] = { 2, 1, 2, 3, 4, 5 };
static const struct ipspoof ports = { "veth41a5986c", mac, &address, 1 };

static void check_element(const struct nft_element *element)
{
	assert(element->key_size <= NFT_KEY && element->data_size <= NFT_KEY);
	assert(memchr(element->comment, '\0', sizeof(element->comment)));
}

static void ask_all(struct netlink *nl)
{
	/* SHA-512 of "net/c/eth0#0", of which the index keeps 16 bytes. */
	const struct nft_element wanted = {
		.set = "owners",
		.key = { 0x41, 0x37, 0x87, 0x3b, 0x10, 0xa5, 0x78, 0xf4, 0x38, 0x06, 0xe3, 0x1f,
			 0xd8, 0xbc, 0x4d, 0x85 },
		.key_size = 16,
	};
	cleanup_nft_ask struct nft_ask ask = { 0 };
	cleanup_nft_elements struct nft_elements found = { 0 };
	struct nft_holder holder;
	struct nft_set_state set;
	bool has_table, has_chain;

	nft_ask_table(&ask, &table, &has_table);
	nft_ask_chain(&ask, &table, "postrouting", &has_chain);
	nft_ask_set(&ask, &table, "owners", &set);
	nft_ask_element(&ask, &table, &wanted, &holder);
	nft_ask_elements(&ask, &table, &wanted, 1, &found);
	assert(nft_ask_run(nl, &ask) <= 0);
	assert(memchr(holder.comment, '\0', sizeof(holder.comment)));
	for (size_t i = 0; i < found.count; i++)
		check_element(&found.items[i]);
}

static int see_element(const struct nft_element *element, void *data)
{
	unsigned *count = data;

	check_element(element);
	return ++*count == 3;
}

/* As nft_each_element() does it, on a socket that is there already. */
static void each_element(struct netlink *nl)
{
	const struct nft_buffer buffer = { .count = 1, .first_seq = 1 };
	unsigned count = 0;
	struct dump dump = { .buffer = &buffer, .nl = nl, .fn = see_element, .data = &count };

	(void)!netlink_exchange(nl, "", 1, take_dump_answer, &dump);
	assert(dump.result <= 1 && (dump.result != 1 || count == 3));
}

static void list_rules(struct netlink *nl)
{
	cleanup_nft_rules struct nft_rules rules = { 0 };
	int r = nft_list_rules(nl, &table, "postrouting", &rules);

	for (size_t i = 0; r == 0 && i < rules.count; i++) {
		char comment[NFT_COMMENT];

		nft_rule_comment(rules.items[i], comment);
		assert(memchr(comment, '\0', sizeof(comment)));
		(void)nft_rule_handle(rules.items[i]);
		(void)nft_rule_uses_set(rules.items[i], "net-10.1.0.0/16");
		(void)nft_rule_goes_to(rules.items[i], "CNI-1");
		assert(nft_rule_is_alike(rules.items[i], rules.items[i]));
	}
}

static int see_chain(const struct nft_chain_view *chain, void *data)
{
	(void)data;
	assert(chain->table && chain->name);
	return chain->is_base && chain->type && !*chain->type;
}

static void each_chain(struct netlink *nl)
{
	(void)!nft_each_chain(nl, see_chain, NULL);
}

static void find_mention(struct netlink *nl)
{
	assert(nft_chain_mentions(nl, &table, "postrouting", "CNI-1", "eth0") <= 1);
}

static void check_error(int r, const struct cni_error *err)
{
	assert(r <= 0 && (r < 0) == cni_error_is_set(err));
}

enum { MASQUERADE, MACSPOOF, IPSPOOF, ALL };

/* Adds what is wished of these tables, or checks it. */
static void wish(struct netlink *nl, size_t first, size_t count, bool is_check)
{
	cleanup_error struct cni_error err = { 0 };
	cleanup_entries struct owned_entries spoof = { 0 };
	struct owned_entry masqueraded = masquerade_entry(&address);
	struct owned_entry checked = macspoof_entry(ports.port, mac);
	struct owned_wish wishes[ALL] = {
		[MASQUERADE] = { .table = &masquerade_table, .entries = { &masqueraded, 1 } },
		[MACSPOOF] = { .table = &macspoof_table, .entries = { &checked, 1 } },
		[IPSPOOF] = { .table = &ipspoof_table },
	};

	ipspoof_add_entries(&ports, &spoof);
	wishes[IPSPOOF].entries = spoof;
	check_error(is_check ? owned_check(nl, owner, &wishes[first], &err)
			     : owned_set(nl, owner, &wishes[first], count, &err),
		    &err);
}

static void check_masquerade(struct netlink *nl)
{
	wish(nl, MASQUERADE, 1, true);
}

static void add_masquerade(struct netlink *nl)
{
	wish(nl, MASQUERADE, 1, false);
}

static void check_macspoof(struct netlink *nl)
{
	wish(nl, MACSPOOF, 1, true);
}

static void check_ipspoof(struct netlink *nl)
{
	wish(nl, IPSPOOF, 1, true);
}

static void add_all(struct netlink *nl)
{
	wish(nl, MASQUERADE, ALL, false);
}

static void delete_ours(struct netlink *nl)
{
	cleanup_error struct cni_error err = { 0 };

	check_error(owned_delete(nl, owner, attachment_tables, ATTACHMENT_TABLES, &err), &err);
}

static void delete_reference(struct netlink *nl)
{
	cleanup_present struct nft_present present = { 0 };
	cleanup_error struct cni_error err = { 0 };

	nft_present_read(nl, &present);
	check_error(reference_delete(nl, &present, &attachment, &err), &err);
}

static void find_reference(struct netlink *nl)
{
	bool found = false;

	assert(reference_has_masquerade(nl, &attachment, &found) <= 0);
}

static void (*const questions[])(struct netlink *nl) = {
	ask_all,	  each_element,	  list_rules,	  each_chain,	 find_mention,
	check_masquerade, add_masquerade, check_macspoof, check_ipspoof, delete_reference,
	find_reference,	  add_all,	  delete_ours,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_kernel struct kernel kernel = { .nl = NETLINK_CLOSED, .end = -1 };

	if (!size)
		return 0;
	kernel_start(&kernel, data + 1, size - 1);
	questions[data[0] % array_size(questions)](&kernel.nl);
	return 0;
}
