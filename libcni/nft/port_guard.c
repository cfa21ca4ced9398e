/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the table of a port is made, compared and found again. */
#include "nft/port_guard.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/ethernet.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/sha512.h"
#include "base/text.h"
#include "nft/ask.h"
#include "nft/change.h"
#include "nft/expr.h"
#include "nft/expr_nat.h"
#include "nft/ipspoof_rules.h"
#include "nft/rule_list.h"
#include "types/owner.h"

enum {
	HASH_DIGITS = 16,
	PRIORITY = -300, /* before what others may have there */
};

#define PREFIX "cni_port_"
#define CHAIN "ingress"
#define OWNER "owner"

static void name_table(const char *owner, char ret[NFT_NAME])
{
	char hash[HASH_DIGITS + 1];

	sha512_hex(owner, HASH_DIGITS, hash);
	(void)snprintf(ret, NFT_NAME, PREFIX "%s", hash); /* fits */
}

/* ---- what it is made of */

/* The chain may go with the link; by this the table is known then. */
static void add_owner(struct nft_batch *batch, const struct nft_table *table, const char *owner,
		      const char *port)
{
	static const struct nft_set set = { .name = OWNER,
					    .key_type = NFT_TYPE_IFNAME,
					    .key_size = IFNAMSIZ };
	struct nft_element element = { .set = OWNER, .key_size = IFNAMSIZ };

	(void)snprintf((char *)element.key, IFNAMSIZ, "%s", port);	       /* link names fit */
	(void)snprintf(element.comment, sizeof(element.comment), "%s", owner); /* fits */
	nft_add_set(batch, table, &set);
	nft_add_element(batch, table, &element);
}

static struct nftnl_rule *rule_reserved(const struct nft_table *table)
{
	struct nftnl_rule *rule = nft_rule(table, CHAIN);

	expr_match_reserved(rule);
	expr_verdict(rule, NF_DROP);
	return rule;
}

static struct nftnl_rule *rule_mac(const struct nft_table *table, const uint8_t mac[MAC_SIZE])
{
	struct nftnl_rule *rule = nft_rule(table, CHAIN);

	expr_load_payload(rule, NFT_PAYLOAD_LL_HEADER, offsetof(struct ether_header, ether_shost),
			  MAC_SIZE, EXPR_A);
	expr_match(rule, EXPR_A, NFT_CMP_NEQ, mac, MAC_SIZE);
	expr_verdict(rule, NF_DROP);
	return rule;
}

static void add_source_rules(struct nft_batch *batch, const struct nft_table *table)
{
	static const enum ipspoof_kind kinds[] = { IPSPOOF_IPV4, IPSPOOF_IPV6 };

	for (size_t i = 0; i < IPSPOOF_FIXED_RULES; i++)
		nft_add_rule(batch, nft_rule_move(ipspoof_fixed_rule(i), table));
	for (size_t k = 0; k < array_size(kinds); k++) {
		struct nftnl_rule *rule;

		for (size_t i = 0; (rule = ipspoof_rule(kinds[k], i)); i++)
			nft_add_rule(batch, nft_rule_move(rule, table));
	}
}

static void add_address_check(struct nft_batch *batch, const struct nft_table *table,
			      const struct owned_entries *entries)
{
	static const struct nft_base_chain source = { .name = "source" };
	struct nftnl_rule *rule;

	for (int kind = IPSPOOF_IPV4; kind <= IPSPOOF_IPV6; kind++) {
		const struct nft_set set = ipspoof_set((enum ipspoof_kind)kind);

		nft_add_set(batch, table, &set);
	}
	nft_add_base_chain(batch, table, &source);
	add_source_rules(batch, table);
	for (size_t i = 1; i < entries->count; i++) { /* the first is the port itself */
		const struct nft_element element = ipspoof_table.element(&entries->items[i], 0);

		nft_add_element(batch, table, &element);
	}
	rule = nft_rule(table, CHAIN);
	expr_jump(rule, source.name);
	nft_add_rule(batch, rule);
	rule = nft_rule(table, CHAIN);
	expr_verdict(rule, NF_DROP);
	nft_add_rule(batch, rule);
}

static void add_all(struct nft_batch *batch, const struct nft_table *table, const char *owner,
		    const struct port_guard *guard)
{
	const struct nft_base_chain ingress = {
		.name = CHAIN, .type = "filter", .hook = NF_NETDEV_INGRESS, .priority = PRIORITY
	};
	cleanup_entries struct owned_entries entries = { 0 };

	ipspoof_add_entries(&guard->port, &entries);
	nft_add_table(batch, table);
	add_owner(batch, table, owner, guard->port.port);
	nft_add_device_chain(batch, table, &ingress, guard->port.port);
	nft_add_rule(batch, rule_reserved(table));
	if (guard->mac)
		nft_add_rule(batch, rule_mac(table, guard->port.mac));
	if (guard->ip)
		add_address_check(batch, table, &entries);
}

/* ---- ADD and DEL */

struct setting {
	struct nft_table table;
	const char *owner;
	const struct port_guard *guard; /* NULL: the table goes */
};

/* What an ADD that was killed left is replaced. */
static int plan(struct netlink *nl, struct nft_batch *batch, void *data)
{
	const struct setting *setting = data;
	cleanup_nft_ask struct nft_ask ask = { 0 };
	bool exists = false;
	int r;

	nft_ask_table(&ask, &setting->table, &exists);
	r = nft_ask_run(nl, &ask);
	if (r < 0)
		return r;
	if (exists)
		nft_delete_table(batch, &setting->table);
	if (setting->guard)
		add_all(batch, &setting->table, setting->owner, setting->guard);
	return 0;
}

int port_guard_set(struct netlink *nl, const char *owner, const struct port_guard *guard,
		   struct cni_error *err)
{
	char name[NFT_NAME];
	struct setting setting = { { NFPROTO_NETDEV, name }, owner, guard };
	int r;

	name_table(owner, name);
	r = nft_change(nl, plan, &setting);
	if (r < 0)
		return nft_fail(nl, err, r, "cannot add the spoof check of port %s",
				guard->port.port);
	return 0;
}

static int delete_table(struct netlink *nl, char *name, const char *owner, struct cni_error *err)
{
	struct setting setting = { .table = { NFPROTO_NETDEV, name } };
	int r = nft_change(nl, plan, &setting);

	if (r < 0)
		return nft_fail(nl, err, r, "cannot remove the spoof check of %s", owner);
	return 0;
}

int port_guard_delete(struct netlink *nl, const struct nft_present *present, const char *owner,
		      struct cni_error *err)
{
	char name[NFT_NAME];

	name_table(owner, name);
	if (!nft_present_has(present, &(struct nft_table){ NFPROTO_NETDEV, name }))
		return 0;
	return delete_table(nl, name, owner, err);
}

/* ---- CHECK */

static int fail_check(struct cni_error *err, const char *port, const char *what)
{
	(void)cni_fail(err, CNI_ERR_CHECK, 0, "port %s has no spoof check: %s", port, what);
	cni_error_details(err, "delete the container's attachment and add it again");
	return -EINVAL;
}

/* The rules of the batch are those that the kernel has, chain by chain and in their order. */
static bool has_rules(const struct nft_batch *batch, const struct nft_rules *have)
{
	size_t found = 0, wanted = 0;
	int size = (int)batch->buffer.size;
	const struct nlmsghdr *message = (const struct nlmsghdr *)batch->buffer.bytes;

	for (; nlmsg_ok(message, size); message = nlmsg_next((struct nlmsghdr *)message, &size)) {
		if (NFNL_MSG_TYPE(message->nlmsg_type) != NFT_MSG_NEWRULE ||
		    NFNL_SUBSYS_ID(message->nlmsg_type) != NFNL_SUBSYS_NFTABLES)
			continue;
		wanted++;
		for (size_t i = 0; i < have->count; i++) {
			if (nft_rule_is_alike(message, have->items[i])) {
				found++;
				break;
			}
		}
	}
	return found == wanted && have->count == wanted;
}

static bool has_elements(struct netlink *nl, const struct nft_table *table,
			 const struct port_guard *guard)
{
	cleanup_entries struct owned_entries entries = { 0 };
	cleanup_nft_ask struct nft_ask ask = { 0 };
	cleanup_free struct nft_holder *holders = NULL;

	if (!guard->ip)
		return true;
	ipspoof_add_entries(&guard->port, &entries);
	holders = xcalloc(entries.count, sizeof(*holders));
	for (size_t i = 1; i < entries.count; i++) {
		const struct nft_element element = ipspoof_table.element(&entries.items[i], 0);

		nft_ask_element(&ask, table, &element, &holders[i]);
	}
	if (nft_ask_run(nl, &ask) < 0)
		return false;
	for (size_t i = 1; i < entries.count; i++)
		if (!holders[i].exists)
			return false;
	return true;
}

int port_guard_check(struct netlink *nl, const char *owner, const struct port_guard *guard,
		     struct cni_error *err)
{
	char name[NFT_NAME];
	const struct nft_table table = { NFPROTO_NETDEV, name };
	cleanup_nft_rules struct nft_rules have = { 0 };
	cleanup_nft_batch struct nft_batch batch = { 0 };
	int r;

	name_table(owner, name);
	r = nft_list_table_rules(nl, &table, &have);
	if (r < 0)
		return nft_fail(nl, err, r, "cannot read the spoof check of port %s",
				guard->port.port);
	add_all(&batch, &table, owner, guard);
	if (!have.count)
		return fail_check(err, guard->port.port, "its table or rules are missing");
	if (!has_rules(&batch, &have))
		return fail_check(err, guard->port.port, "its rules are not those of ADD");
	if (!has_elements(nl, &table, guard))
		return fail_check(err, guard->port.port, "an address is missing");
	return 0;
}

/* ---- GC */

static int take_owner(const struct nft_element *element, void *data)
{
	memcpy(data, element->comment, NFT_COMMENT);
	return 1;
}

/* "" when the table is not one of ours. */
static void read_owner(const struct nft_table *table, char ret[NFT_COMMENT])
{
	char name[NFT_NAME];

	ret[0] = '\0';
	if (nft_each_element(table, OWNER, take_owner, ret) <= 0)
		return;
	name_table(ret, name);
	if (!text_equal(name, table->name))
		ret[0] = '\0';
}

int port_guard_each(struct netlink *nl, port_guard_fn *fn, void *data)
{
	cleanup_present struct nft_present present = { 0 };
	struct nft_table table;
	int r = 0;

	nft_present_read(nl, &present);
	for (size_t i = 0; r == 0 && nft_present_get(&present, i, &table); i++) {
		char owner[NFT_COMMENT];

		if (table.family != NFPROTO_NETDEV || !text_starts_with(table.name, PREFIX))
			continue;
		read_owner(&table, owner);
		if (*owner)
			r = fn(&table, owner, data);
	}
	return r;
}

struct collecting {
	struct netlink *nl;
	const char *network;
	owner_keep_fn *keep;
	void *data;
	struct cni_error *err;
	int result;
};

static int collect(const struct nft_table *table, const char *owner, void *data)
{
	struct collecting *c = data;
	cleanup_error struct cni_error more = { 0 };
	char name[NFT_NAME];

	if (!owner_text_is_of_network(owner, c->network) || c->keep(owner, c->data))
		return 0;
	(void)snprintf(name, sizeof(name), "%s", table->name); /* fits */
	c->result = cni_error_collect(c->err, &more, c->result,
				      delete_table(c->nl, name, owner, &more));
	return 0;
}

int port_guard_collect(struct netlink *nl, const char *network, owner_keep_fn *keep, void *data,
		       struct cni_error *err)
{
	struct collecting c = {
		.nl = nl, .network = network, .keep = keep, .data = data, .err = err
	};

	port_guard_each(nl, collect, &c);
	return c.result;
}
