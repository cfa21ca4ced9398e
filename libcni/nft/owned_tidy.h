/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Removing what nobody uses any more from an owned table. */
#pragma once

#include "nft/owned_request.h"

/*
 * In the tables of these requests that may have lost something: deletes the sets of entries that
 * are gone when they are empty, with the rules that read them; and the table when it has no owner
 * left, which may be the doing of a process that was killed. When that fails they stay: they are
 * harmless, and used again or tidied the next time.
 */
void owned_requests_tidy(struct netlink *nl, const struct owned_request *requests, size_t count);
