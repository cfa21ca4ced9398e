/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The nftables side of an attachment: one netlink socket, opened when first needed, and the undo of
 * what an ADD put in.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "net/netlink.h"
#include "nft/owned.h"
#include "nft/port_guard.h"
#include "plugin/plugin.h"
#include "types/owner.h"
#include "types/result.h"

enum { RULES_TABLES = 4 };

struct rules {
	struct netlink nft;
	struct attachment attachment;
	struct owner owner;
	struct owned_wish
		wishes[RULES_TABLES]; /* what the owner is to have; their entries are ours */
	size_t wish_count;
	struct port_guard guard; /* of a switch's port; its addresses are ours */
	bool undo;		 /* something was put in, and nobody kept it */
};

#define undo_rules cleanup_with(rules_undo)

/* Nothing is opened or done yet. */
struct rules rules_of(const struct cni_call *call);

/* Opens the socket; does nothing when it is open. */
int rules_open(struct rules *rules, struct cni_error *err) must_check;

/* The list of what the owner is to have in a table, empty at first. A table is wished once. */
struct owned_entries *rules_wish(struct rules *rules, const struct owned_table *table);

/* The addresses of the result are masqueraded. */
void rules_wish_masquerade(struct rules *rules, const struct result *result);

/* Nothing but this MAC may come from the port. */
void rules_wish_macspoof(struct rules *rules, const char *port, const uint8_t mac[6]);

/*
 * Nothing but the addresses of the result, and the link-local one of the MAC, may come from the
 * port.
 */
void rules_wish_ipspoof(struct rules *rules, const char *port, const uint8_t mac[6],
			const struct result *result);

/* Forgets the wishes, for others that include them: what was set is undone with those. */
void rules_wish_anew(struct rules *rules);

/*
 * The same two for a port of a switch that is no bridge of the kernel: its frames pass no bridge's
 * hooks. `mac` is borrowed.
 */
void rules_wish_guard(struct rules *rules, const char *port, const uint8_t mac[6],
		      const struct result *result, bool checks_mac, bool checks_ip);

/* ADD: grants all wishes, in one transaction but for a guard, undone unless kept. */
int rules_set(struct rules *rules, struct cni_error *err) must_check;

static inline void rules_keep(struct rules *rules)
{
	rules->undo = false;
}

/* Closes the socket, and removes what is not kept. */
void rules_undo(struct rules *rules);

/*
 * DEL of a plugin that attaches: removes what this owner has in the tables of attachments, and what
 * the reference left. Goes on after errors.
 */
int rules_delete(struct rules *rules, struct cni_error *err) must_check;

/*
 * CHECK: what is wished is there; what the reference made for this attachment counts too. Code 104.
 */
int rules_check(struct rules *rules, struct cni_error *err) must_check;

/* GC: removes what owners of this network have in these tables that are not in the list. */
struct attachments;
int rules_collect(struct rules *rules, const struct owned_table *const *tables, size_t count,
		  struct attachments *valid, struct cni_error *err) must_check;

/* The same for the guards of ports, which have a table each. */
int rules_collect_guards(const struct cni_call *call, struct attachments *valid,
			 struct cni_error *err) must_check;

/*
 * STATUS: code 50 when nftables cannot be used, or one of these tables (NULL: none) is not what an
 * ADD can use.
 */
int rules_status(const struct cni_call *call, const struct owned_table *const *tables, size_t count,
		 struct cni_error *err) must_check;

/*
 * ipMasqBackend: absent, "nftables" and "iptables" are accepted (the last with a line on stderr: we
 * have one back end), anything else is refused.
 */
int rules_check_backend(const char *backend_or_null, struct cni_error *err) must_check;
