/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carrying changes out, though others change the same ruleset. */
#pragma once

#include "base/error.h"
#include "nft/nft.h"

/*
 * Reads and changes until nobody interferes: `plan` asks what it needs to know and fills the
 * batch, which is then carried out; when it fails and another process has changed the ruleset
 * meanwhile, it is planned anew. An empty batch ends it well. -EAGAIN when this does not succeed
 * in ten seconds and 64 tries.
 *
 * A batch that only touches elements is sent as it is, so changes that do not concern it do not
 * disturb it. One that makes or deletes tables, chains, sets or rules insists at first on an
 * unchanged ruleset: the kernel refuses that at once, whereas a transaction that fails half-way
 * costs some ten milliseconds. When the ruleset never rests, it is sent without. So a plan must
 * be safe without: the kernel itself has to refuse what it did not foresee.
 */
typedef int nft_plan_fn(struct netlink *nl, struct nft_batch *batch, void *data);
int nft_change(struct netlink *nl, nft_plan_fn *plan, void *data) must_check;

/* STATUS: code 50 when this process cannot use nftables here. Changes nothing. */
int nft_probe(struct netlink *nl, struct cni_error *err) must_check;

/*
 * cni_fail() for what nftables refused: code 101, or 11 when nothing was wrong but the moment, with
 * the kernel's words and the remedy.
 */
int nft_fail(const struct netlink *nl, struct cni_error *err, int r, const char *format, ...)
	printf_like(4, 5);
