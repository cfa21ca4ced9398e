/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which messages make and delete tables, chains, sets, elements and rules. */
#include "nft/nft.h"

#include <libnftnl/chain.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

enum { EXACT = NLM_F_CREATE | NLM_F_EXCL };

static void free_table(struct nftnl_table **table)
{
	nftnl_table_free(*table);
}

static void free_chain(struct nftnl_chain **chain)
{
	nftnl_chain_free(*chain);
}

static void free_set(struct nftnl_set **set)
{
	nftnl_set_free(*set);
}

static void free_rule(struct nftnl_rule **rule)
{
	nftnl_rule_free(*rule);
}

const char *nft_family(uint8_t family)
{
	static const char *const names[] = {
		[NFPROTO_INET] = "inet",     [NFPROTO_IPV4] = "ip",	  [NFPROTO_IPV6] = "ip6",
		[NFPROTO_BRIDGE] = "bridge", [NFPROTO_NETDEV] = "netdev",
	};

	return names[family];
}

/* libnftnl's constructors return NULL for want of memory only. */
static void *made(void *object)
{
	if (!object)
		out_of_memory();
	return object;
}

static void must(int result)
{
	if (result < 0)
		out_of_memory();
}

static struct nlmsghdr *open_change(struct nft_batch *batch, int type, uint8_t family, int flags)
{
	if (batch->buffer.count == 0)
		nft_batch_begin(batch);
	batch->last = batch->buffer.size;
	return nft_buffer_open(&batch->buffer, type, family, flags);
}

void nft_batch_release(struct nft_batch *batch)
{
	nft_buffer_release(&batch->buffer);
}

static void change_table(struct nft_batch *batch, int type, int flags,
			 const struct nft_table *table)
{
	cleanup_with(free_table) struct nftnl_table *t = made(nftnl_table_alloc());
	struct nlmsghdr *message = open_change(batch, type, table->family, flags);

	batch->is_structural = true;
	must(nftnl_table_set_str(t, NFTNL_TABLE_NAME, table->name));
	nftnl_table_nlmsg_build_payload(message, t);
	nft_buffer_close(&batch->buffer, message);
}

void nft_add_table(struct nft_batch *batch, const struct nft_table *table)
{
	change_table(batch, NFT_MSG_NEWTABLE, EXACT, table);
}

void nft_delete_table(struct nft_batch *batch, const struct nft_table *table)
{
	change_table(batch, NFT_MSG_DELTABLE, 0, table);
}

void nft_wake_table(struct nft_batch *batch, const struct nft_table *table)
{
	cleanup_with(free_table) struct nftnl_table *t = made(nftnl_table_alloc());
	struct nlmsghdr *message = open_change(batch, NFT_MSG_NEWTABLE, table->family, 0);

	batch->is_structural = true;
	must(nftnl_table_set_str(t, NFTNL_TABLE_NAME, table->name));
	nftnl_table_set_u32(t, NFTNL_TABLE_FLAGS, 0);
	nftnl_table_nlmsg_build_payload(message, t);
	nft_buffer_close(&batch->buffer, message);
}

static struct nftnl_chain *new_chain(const struct nft_table *table, const char *name)
{
	struct nftnl_chain *chain = made(nftnl_chain_alloc());

	must(nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, table->name));
	must(nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, name));
	return chain;
}

static void change_chain(struct nft_batch *batch, int type, int flags,
			 const struct nft_table *table, const struct nftnl_chain *chain)
{
	struct nlmsghdr *message = open_change(batch, type, table->family, flags);

	batch->is_structural = true;
	nftnl_chain_nlmsg_build_payload(message, chain);
	nft_buffer_close(&batch->buffer, message);
}

static void make_chain(struct nft_batch *batch, int flags, const struct nft_table *table,
		       const struct nft_base_chain *chain, const char *device_or_null)
{
	cleanup_with(free_chain) struct nftnl_chain *c = new_chain(table, chain->name);

	if (chain->type) {
		must(nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, chain->type));
		nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM, chain->hook);
		nftnl_chain_set_s32(c, NFTNL_CHAIN_PRIO, chain->priority);
		nftnl_chain_set_u32(c, NFTNL_CHAIN_POLICY, NF_ACCEPT);
		if (device_or_null)
			must(nftnl_chain_set_str(c, NFTNL_CHAIN_DEV, device_or_null));
	}
	change_chain(batch, NFT_MSG_NEWCHAIN, flags, table, c);
}

void nft_add_base_chain(struct nft_batch *batch, const struct nft_table *table,
			const struct nft_base_chain *chain)
{
	make_chain(batch, EXACT, table, chain, NULL);
}

void nft_add_device_chain(struct nft_batch *batch, const struct nft_table *table,
			  const struct nft_base_chain *chain, const char *device)
{
	make_chain(batch, EXACT, table, chain, device);
}

void nft_ensure_chain(struct nft_batch *batch, const struct nft_table *table,
		      const struct nft_base_chain *chain)
{
	make_chain(batch, NLM_F_CREATE, table, chain, NULL);
}

void nft_delete_chain(struct nft_batch *batch, const struct nft_table *table, const char *chain)
{
	cleanup_with(free_chain) struct nftnl_chain *c = new_chain(table, chain);

	change_chain(batch, NFT_MSG_DELCHAIN, 0, table, c);
}

static struct nftnl_set *new_set(const struct nft_table *table, const char *name)
{
	struct nftnl_set *set = made(nftnl_set_alloc());

	must(nftnl_set_set_str(set, NFTNL_SET_TABLE, table->name));
	must(nftnl_set_set_str(set, NFTNL_SET_NAME, name));
	return set;
}

/* The nft tool shows names as "" unless it is told that they do not stand in network order. */
static void set_byte_order(struct nftnl_set *set, uint32_t key_type)
{
	/* type, length, value 1 */
	uint8_t data[] = { NFTNL_UDATA_SET_KEYBYTEORDER, 4, 0, 0, 0, 0 };
	const uint32_t host_order = 1;

	memcpy(data + 2, &host_order, sizeof(host_order));
	if (key_type == NFT_TYPE_IFNAME)
		must(nftnl_set_set_data(set, NFTNL_SET_USERDATA, data, sizeof(data)));
}

void nft_add_set(struct nft_batch *batch, const struct nft_table *table, const struct nft_set *set)
{
	cleanup_with(free_set) struct nftnl_set *s = new_set(table, set->name);
	struct nlmsghdr *message = open_change(batch, NFT_MSG_NEWSET, table->family, EXACT);

	batch->is_structural = true;
	nftnl_set_set_u32(s, NFTNL_SET_KEY_TYPE, set->key_type);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN, set->key_size);
	if (set->data_size > 0) {
		nftnl_set_set_u32(s, NFTNL_SET_FLAGS, NFT_SET_MAP);
		nftnl_set_set_u32(s, NFTNL_SET_DATA_TYPE, set->data_type);
		nftnl_set_set_u32(s, NFTNL_SET_DATA_LEN, set->data_size);
	}
	set_byte_order(s, set->key_type);
	nftnl_set_set_u32(s, NFTNL_SET_ID,
			  batch->buffer.count); /* mandatory, unique within the batch */
	nftnl_set_nlmsg_build_payload(message, s);
	nft_buffer_close(&batch->buffer, message);
}

void nft_delete_set(struct nft_batch *batch, const struct nft_table *table, const char *set)
{
	cleanup_with(free_set) struct nftnl_set *s = new_set(table, set);
	struct nlmsghdr *message = open_change(batch, NFT_MSG_DELSET, table->family, NLM_F_NONREC);

	batch->is_structural = true;
	nftnl_set_nlmsg_build_payload(message, s);
	nft_buffer_close(&batch->buffer, message);
}

void nft_read_user_text(const void *user_data, size_t size, uint8_t type, char ret[NFT_COMMENT])
{
	const uint8_t *bytes = user_data;

	ret[0] = '\0';
	while (size >= 2 && size - 2 >= bytes[1]) {
		size_t whole = 2U + bytes[1];

		if (bytes[0] == type) {
			memcpy(ret, bytes + 2, bytes[1]);
			ret[bytes[1]] = '\0';
			return;
		}
		bytes += whole;
		size -= whole;
	}
}

void nft_read_comment(const void *user_data, size_t size, char ret[NFT_COMMENT])
{
	/* elements and rules number their comments alike */
	_Static_assert((int)NFTNL_UDATA_SET_ELEM_COMMENT == (int)NFTNL_UDATA_RULE_COMMENT,
		       "one number");

	nft_read_user_text(user_data, size, NFTNL_UDATA_RULE_COMMENT, ret);
}

void nft_rule_set_comment(struct nftnl_rule *rule, const char *comment)
{
	char data[NFT_COMMENT] = { NFTNL_UDATA_RULE_COMMENT };
	size_t size = strnlen(comment, sizeof(data) - 3);

	data[1] = (char)(size + 1);
	memcpy(data + 2, comment, size);
	must(nftnl_rule_set_data(rule, NFTNL_RULE_USERDATA, data, (uint32_t)size + 3));
}

/* The comment as the nft tool keeps it: type, length, text with its NUL. */
static void set_comment(struct nftnl_set_elem *element, const char *comment)
{
	char data[NFT_COMMENT] = { NFTNL_UDATA_SET_ELEM_COMMENT };
	size_t size = strnlen(comment, sizeof(data) - 3);

	data[1] = (char)(size + 1);
	memcpy(data + 2, comment, size);
	must(nftnl_set_elem_set(element, NFTNL_SET_ELEM_USERDATA, data, (uint32_t)size + 3));
}

void nft_build_elements(struct nlmsghdr *message, const struct nft_table *table,
			const struct nft_element *elements, size_t count, bool whole)
{
	cleanup_with(free_set) struct nftnl_set *set = new_set(table, elements[0].set);

	for (size_t i = 0; i < count; i++) {
		const struct nft_element *element = &elements[i];
		struct nftnl_set_elem *e = made(nftnl_set_elem_alloc());

		nftnl_set_elem_add(set, e);
		must(nftnl_set_elem_set(e, NFTNL_SET_ELEM_KEY, element->key,
					(uint32_t)element->key_size));
		if (whole && element->data_size > 0)
			must(nftnl_set_elem_set(e, NFTNL_SET_ELEM_DATA, element->data,
						(uint32_t)element->data_size));
		if (whole && element->comment[0])
			set_comment(e, element->comment);
	}
	nftnl_set_elems_nlmsg_build_payload(message, set);
}

void nft_add_element(struct nft_batch *batch, const struct nft_table *table,
		     const struct nft_element *element)
{
	struct nlmsghdr *message = open_change(batch, NFT_MSG_NEWSETELEM, table->family, EXACT);

	nft_build_elements(message, table, element, 1, true);
	nft_buffer_close(&batch->buffer, message);
}

void nft_delete_element(struct nft_batch *batch, const struct nft_table *table,
			const struct nft_element *element)
{
	struct nlmsghdr *message = open_change(batch, NFT_MSG_DELSETELEM, table->family, 0);

	nft_build_elements(message, table, element, 1, false);
	nft_buffer_close(&batch->buffer, message);
}

struct nftnl_rule *nft_rule(const struct nft_table *table, const char *chain)
{
	struct nftnl_rule *rule = made(nftnl_rule_alloc());

	nftnl_rule_set_u32(rule, NFTNL_RULE_FAMILY, table->family);
	must(nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, table->name));
	must(nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, chain));
	return rule;
}

struct nftnl_rule *nft_rule_move(struct nftnl_rule *rule, const struct nft_table *table)
{
	nftnl_rule_set_u32(rule, NFTNL_RULE_FAMILY, table->family);
	must(nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, table->name));
	return rule;
}

static void change_rule(struct nft_batch *batch, int type, int flags, struct nftnl_rule *rule)
{
	uint8_t family = (uint8_t)nftnl_rule_get_u32(rule, NFTNL_RULE_FAMILY);
	struct nlmsghdr *message = open_change(batch, type, family, flags);

	batch->is_structural = true;
	nftnl_rule_nlmsg_build_payload(message, rule);
	nft_buffer_close(&batch->buffer, message);
}

void nft_add_rule(struct nft_batch *batch, struct nftnl_rule *rule)
{
	cleanup_with(free_rule) struct nftnl_rule *taken = rule;

	change_rule(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, taken);
}

void nft_insert_rule(struct nft_batch *batch, struct nftnl_rule *rule)
{
	cleanup_with(free_rule) struct nftnl_rule *taken = rule;

	change_rule(batch, NFT_MSG_NEWRULE, NLM_F_CREATE, taken);
}

void nft_delete_rule(struct nft_batch *batch, const struct nft_table *table, const char *chain,
		     uint64_t handle)
{
	cleanup_with(free_rule) struct nftnl_rule *rule = nft_rule(table, chain);

	nftnl_rule_set_u64(rule, NFTNL_RULE_HANDLE, handle);
	change_rule(batch, NFT_MSG_DELRULE, 0, rule);
}
