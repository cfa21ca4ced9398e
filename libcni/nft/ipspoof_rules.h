/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chains and rules of `bridge cni_ipspoof`. */
#pragma once

#include <stddef.h>

#include "nft/nft.h"

#define IPSPOOF_TABLE "cni_ipspoof"

/* What an entry is, and so which of the sets it stands in: checked, allowed-ipv4, allowed-ipv6. */
enum ipspoof_kind { IPSPOOF_CHECKED, IPSPOOF_IPV4, IPSPOOF_IPV6 };

enum { IPSPOOF_CHAINS = 3, IPSPOOF_FIXED_RULES = 6, IPSPOOF_RULES = 5 };

struct nft_set ipspoof_set(enum ipspoof_kind kind);

extern const struct nft_base_chain ipspoof_chains[IPSPOOF_CHAINS];

/* Of the table, in their order; and those that a set of this kind needs, NULL behind the last. */
struct nftnl_rule *ipspoof_fixed_rule(size_t i);
struct nftnl_rule *ipspoof_rule(enum ipspoof_kind kind, size_t i);
