/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows the reference's chains in iptables' table filter, and when they are needed. A chain has
 * three rules for each address of any container: it is read once for each call.
 */
#include "forward.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/signals.h"
#include "base/text.h"
#include "forward_look.h"
#include "nft/change.h"
#include "plugin/check.h"
#include "types/owner.h"

#define JUMP_COMMENT "CNI firewall plugin rules"
#define ADMIN_COMMENT "CNI firewall plugin admin overrides"

/* Of the chains and what leads to them: no owner text is like it. */
#define CHAIN_OWNER "cni_firewall"

enum {
	TIDY_TRIES = 8 /* fewer than those in which nft_change() insists on an unchanged ruleset */
};

static int compare(const void *a, const void *b)
{
	return addr_compare(a, b);
}

/* The number of the address, or -1. */
static long find_address(const struct forward *forward, const struct addr *address)
{
	const struct addr *found = forward->count == 0
					   ? NULL
					   : bsearch(address, forward->addresses, forward->count,
						     sizeof(*address), compare);

	return found ? found - forward->addresses : -1;
}

static bool has_family(const struct forward *forward, int family)
{
	for (size_t i = 0; i < forward->count; i++) {
		if (forward->addresses[i].family == family)
			return true;
	}
	return false;
}

/* ---- ADD */

/* Which rules are there already: bits by address. Deletes what somebody else had for it. */
static int keep_or_delete(struct nft_batch *batch, const struct forward_look *look,
			  const struct forward *forward, uint8_t *present)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < look->accepts.count; i++) {
		const struct nlmsghdr *rule = look->accepts.items[i];
		struct accept_rule accept;
		bool is_own;
		long at;

		r = signals_in_turn(i);
		if (!accept_rule_read(rule, look->family, &accept))
			continue;
		is_own = text_equal(accept.owner, forward->owner);
		at = find_address(forward, &accept.address);
		if (at < 0 && !is_own)
			continue;
		if (at >= 0 && is_own && !(present[at] & 1U << accept.kind))
			present[at] = (uint8_t)(present[at] | 1U << accept.kind);
		else
			nft_delete_rule(batch, &look->table, FORWARD_OURS, nft_rule_handle(rule));
	}
	return r;
}

static void write_chains(struct nft_batch *batch, const struct forward_look *look,
			 const struct forward *forward)
{
	const struct nft_base_chain ours = { .name = FORWARD_OURS };
	const struct nft_base_chain admin = { .name = forward->admin_chain };

	if (!look->ours.exists)
		nft_add_base_chain(batch, &look->table, &ours);
	if (!look->admin.exists)
		nft_add_base_chain(batch, &look->table, &admin);
	if (!look->has_admin_jump)
		nft_insert_rule(batch, accept_rule_jump(&look->table, FORWARD_OURS,
							forward->admin_chain, ADMIN_COMMENT,
							look->admin.exists ? "" : CHAIN_OWNER));
	if (!look->has_jump)
		nft_insert_rule(batch, accept_rule_jump(&look->table, FORWARD_ALL, FORWARD_OURS,
							JUMP_COMMENT,
							look->ours.exists ? "" : CHAIN_OWNER));
}

static int write_family(struct netlink *nl, struct nft_batch *batch, int family,
			const struct forward *forward)
{
	cleanup_free uint8_t *present = xcalloc(forward->count + 1, sizeof(*present));
	cleanup_forward_look struct forward_look look = { 0 };
	int r = forward_look(nl, family, forward->admin_chain, &look)
			?: (look.is_needed ? keep_or_delete(batch, &look, forward, present) : 0);

	if (r < 0 || !look.is_needed)
		return r;
	write_chains(batch, &look, forward);
	for (size_t i = 0; i < forward->count; i++) {
		if (forward->addresses[i].family != family)
			continue;
		for (int kind = 0; kind < ACCEPT_KINDS; kind++) {
			struct accept_rule accept = { .kind = (enum accept_kind)kind,
						      .address = forward->addresses[i] };

			if (present[i] & 1U << kind)
				continue;
			(void)snprintf(accept.owner, sizeof(accept.owner), "%s",
				       forward->owner); /* fits */
			nft_add_rule(batch, accept_rule_make(&look.table, FORWARD_OURS, &accept));
		}
	}
	return 0;
}

static int plan_accept(struct netlink *nl, struct nft_batch *batch, void *data)
{
	const struct forward *forward = data;
	int r = 0;

	if (has_family(forward, AF_INET))
		r = write_family(nl, batch, AF_INET, forward);
	if (r == 0 && has_family(forward, AF_INET6))
		r = write_family(nl, batch, AF_INET6, forward);
	return r;
}

int forward_accept(struct netlink *nft, const struct forward *forward, struct cni_error *err)
{
	int r = nft_change(nft, plan_accept, (void *)forward);

	if (r == 0)
		return 0;
	(void)nft_fail(nft, err, r, "cannot accept %s in chain CNI-FORWARD of iptables",
		       forward->owner); /* r */
	if (r == -ENOENT || r == -EOPNOTSUPP)
		cni_error_details(err, "iptables' table filter may drop what containers send; to "
				       "accept it there the kernel needs nft_compat, xt_conntrack "
				       "and xt_comment");
	return r;
}

/* ---- DEL and GC */

struct removal {
	const struct forward *forward; /* DEL; else NULL */
	const char *network;
	owner_keep_fn *keep;
	void *data;
	unsigned tries;
};

static bool is_wanted_away(const struct removal *removal, const struct accept_rule *accept)
{
	if (!removal->forward)
		return *accept->owner &&
		       owner_text_is_of_network(accept->owner, removal->network) &&
		       !removal->keep(accept->owner, removal->data);
	if (*accept->owner)
		return text_equal(accept->owner, removal->forward->owner);
	return find_address(removal->forward, &accept->address) >= 0;
}

static int plan_removal(struct netlink *nl, struct nft_batch *batch, void *data)
{
	const struct removal *removal = data;
	int r = 0;

	for (size_t i = 0; r == 0 && i < FORWARD_FAMILIES; i++) {
		const struct nft_table table = forward_table(forward_families[i]);
		cleanup_nft_rules struct nft_rules rules = { 0 };

		r = nft_list_rules(nl, &table, FORWARD_OURS, &rules);
		for (size_t j = 0; r == 0 && j < rules.count; j++) {
			struct accept_rule accept;

			r = signals_in_turn(j);
			if (accept_rule_read(rules.items[j], forward_families[i], &accept) &&
			    is_wanted_away(removal, &accept))
				nft_delete_rule(batch, &table, FORWARD_OURS,
						nft_rule_handle(rules.items[j]));
		}
	}
	return r;
}

static bool is_ours(const struct nlmsghdr *rule)
{
	char owner[NFT_COMMENT];

	accept_rule_owner(rule, owner);
	return text_equal(owner, CHAIN_OWNER);
}

/* The administrator's chain goes too if we made it and it is empty. */
static int plan_tidying_of(struct netlink *nl, struct nft_batch *batch, int family)
{
	const struct nft_table table = forward_table(family);
	cleanup_nft_rules struct nft_rules rules = { 0 }, jumps = { 0 }, admin = { 0 };
	cleanup_free char *admin_chain = NULL;
	const struct nlmsghdr *jump = NULL;
	int r = nft_list_rules(nl, &table, FORWARD_OURS, &rules);

	if (r < 0 || rules.count != 1 || !is_ours(rules.items[0]))
		return r;
	admin_chain = forward_target(rules.items[0]);
	r = nft_list_rules(nl, &table, FORWARD_ALL, &jumps)
		    ?: nft_list_rules(nl, &table, admin_chain, &admin);
	for (size_t i = 0; r == 0 && i < jumps.count; i++) {
		if (nft_rule_goes_to(jumps.items[i], FORWARD_OURS) && is_ours(jumps.items[i]))
			jump = jumps.items[i];
	}
	if (r < 0 || !jump || admin.count > 0)
		return r;
	nft_delete_rule(batch, &table, FORWARD_ALL, nft_rule_handle(jump));
	nft_delete_chain(batch, &table, FORWARD_OURS);
	nft_delete_chain(batch, &table, admin_chain);
	return 0;
}

/*
 * Only as long as the kernel refuses it when anybody has changed anything since: a chain goes with
 * the rules in it.
 */
static int plan_tidying(struct netlink *nl, struct nft_batch *batch, void *data)
{
	struct removal *removal = data;
	int r = 0;

	if (removal->tries++ == TIDY_TRIES)
		return 0;
	for (size_t i = 0; r == 0 && i < FORWARD_FAMILIES; i++)
		r = plan_tidying_of(nl, batch, forward_families[i]);
	return r;
}

/* Chains to which rules of others lead stay: the kernel says that they are busy. */
static int tidy(struct netlink *nft, struct removal *removal)
{
	int r = nft_change(nft, plan_tidying, removal);

	return r == -EBUSY ? 0 : r;
}

static int remove_all(struct netlink *nft, struct removal *removal)
{
	return nft_change(nft, plan_removal, removal) ?: tidy(nft, removal);
}

int forward_withdraw(struct netlink *nft, const struct forward *forward, struct cni_error *err)
{
	struct removal removal = { .forward = forward };
	int r = remove_all(nft, &removal);

	if (r == 0)
		return 0;
	return nft_fail(nft, err, r, "cannot remove what accepts %s from chain CNI-FORWARD",
			forward->owner);
}

int forward_collect(struct netlink *nft, const char *network, owner_keep_fn *keep, void *data,
		    struct cni_error *err)
{
	struct removal removal = { .network = network, .keep = keep, .data = data };
	int r = remove_all(nft, &removal);

	if (r == 0)
		return 0;
	return nft_fail(nft, err, r, "cannot clean up chain CNI-FORWARD for network %s", network);
}

/* ---- CHECK */

/* Bits of what accepts each address: rules of this owner (NULL: of none) and such as tell none. */
static int read_present(const struct forward_look *look, const struct forward *forward,
			const char *owner, uint8_t *present)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < look->accepts.count; i++) {
		struct accept_rule accept;
		long at = -1;

		r = signals_in_turn(i);
		if (accept_rule_read(look->accepts.items[i], look->family, &accept) &&
		    (!*accept.owner || (owner && text_equal(accept.owner, owner))))
			at = find_address(forward, &accept.address);
		if (at < 0)
			continue;
		present[at] = (uint8_t)(present[at] | 1U << accept.kind);
		if (!*accept.owner) /* the reference's has no third rule */
			present[at] = (uint8_t)(present[at] | 1U << ACCEPT_DNAT);
	}
	return r;
}

static int check_family(struct netlink *nl, int family, const struct forward *forward,
			struct cni_error *err)
{
	cleanup_free uint8_t *present = xcalloc(forward->count + 1, sizeof(*present));
	cleanup_forward_look struct forward_look look = { 0 };
	const char *name = family == AF_INET6 ? "ip6" : "ip";
	char text[ADDR_TEXT];
	int r = forward_look(nl, family, forward->admin_chain, &look)
			?: (look.is_needed ? read_present(&look, forward, forward->owner, present)
					   : 0);

	if (r < 0)
		return nft_fail(nl, err, r, "cannot read iptables' chains");
	if (!look.is_needed)
		return 0;
	if (!look.has_jump)
		return check_fail(err,
				  "nothing in chain FORWARD of table %s filter leads to "
				  "chain CNI-FORWARD",
				  name);
	if (!look.has_admin_jump)
		return check_fail(err,
				  "nothing in chain CNI-FORWARD of table %s filter leads to "
				  "chain %s",
				  name, forward->admin_chain);
	for (size_t i = 0; i < forward->count; i++) {
		if (forward->addresses[i].family == family &&
		    present[i] != (1U << ACCEPT_KINDS) - 1)
			return check_fail(err,
					  "chain CNI-FORWARD of table %s filter does not "
					  "accept %s",
					  name, addr_print(&forward->addresses[i], text));
	}
	return 0;
}

int forward_is_accepted_by_reference(struct netlink *nft, const struct forward *forward, bool *ret)
{
	const unsigned both = 1U << ACCEPT_ANSWERS | 1U << ACCEPT_FROM;
	cleanup_free uint8_t *present = xcalloc(forward->count + 1, sizeof(*present));
	bool all = forward->count > 0;

	for (size_t i = 0; i < FORWARD_FAMILIES; i++) {
		const struct nft_table table = forward_table(forward_families[i]);
		struct forward_look look = { .family = forward_families[i] };
		int r = nft_list_rules(nft, &table, FORWARD_OURS, &look.accepts)
				?: read_present(&look, forward, NULL, present);

		forward_look_release(&look);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < forward->count; i++)
		all &= (present[i] & both) == both;
	*ret = all;
	return 0;
}

int forward_check(struct netlink *nft, const struct forward *forward, struct cni_error *err)
{
	int r = 0;

	if (has_family(forward, AF_INET))
		r = check_family(nft, AF_INET, forward, err);
	if (r == 0 && has_family(forward, AF_INET6))
		r = check_family(nft, AF_INET6, forward, err);
	return r;
}
