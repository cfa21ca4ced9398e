/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The nftables side of an attachment: one netlink socket, opened when first needed, and the undo of
 * what an ADD put in.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "net/netlink.h"
#include "plugin/plugin.h"
#include "types/owner.h"
#include "types/result.h"

struct rules {
	struct netlink nft;
	struct attachment attachment;
	struct owner owner;
	bool undo; /* something was put in, and nobody kept it */
};

#define undo_rules cleanup_with(rules_undo)

/* Nothing is opened or done yet. */
struct rules rules_of(const struct cni_call *call);

/* Opens the socket; does nothing when it is open. */
int rules_open(struct rules *rules, struct cni_error *err) must_check;

/* ADD: masquerades the addresses of the result, undone unless kept. The socket must be open. */
int rules_masquerade(struct rules *rules, const struct result *result,
		     struct cni_error *err) must_check;

/*
 * ADD: nothing but the addresses of the result, and the link-local one of the MAC, may come from
 * the port; undone unless kept.
 */
int rules_ipspoof(struct rules *rules, const char *port, const uint8_t mac[6],
		  const struct result *result, struct cni_error *err) must_check;

static inline void rules_keep(struct rules *rules)
{
	rules->undo = false;
}

/* Closes the socket, and removes what is not kept. */
void rules_undo(struct rules *rules);

/*
 * DEL: removes masquerade and spoof checks of this owner, ours and what the reference left. Goes on
 * after errors.
 */
int rules_delete(struct rules *rules, struct cni_error *err) must_check;

/*
 * CHECK: ours must be complete; what the reference made for this attachment counts too. Code 104.
 */
int rules_check_masquerade(struct rules *rules, const struct result *prev,
			   struct cni_error *err) must_check;
int rules_check_macspoof(struct rules *rules, const char *port, const uint8_t mac[6],
			 struct cni_error *err) must_check;

int rules_check_ipspoof(struct rules *rules, const char *port, const uint8_t mac[6],
			const struct result *prev, struct cni_error *err) must_check;

/* GC: removes what owners of this network have that are not in the list. */
struct attachments;
int rules_collect(struct rules *rules, struct attachments *valid, struct cni_error *err) must_check;

/*
 * STATUS: code 50 when nftables cannot be used, or a table of these kinds is not what an ADD can
 * use.
 */
enum rules_kind { RULES_MASQUERADE = 1, RULES_MACSPOOF = 2, RULES_IPSPOOF = 4 };
int rules_status(const struct cni_call *call, unsigned kinds, struct cni_error *err) must_check;

/*
 * ipMasqBackend: absent, "nftables" and "iptables" are accepted (the last with a line on stderr: we
 * have one back end), anything else is refused.
 */
int rules_check_backend(const char *backend_or_null, struct cni_error *err) must_check;
