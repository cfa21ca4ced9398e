/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds an index from what is in a lease directory. */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "index.h"

/*
 * Replaces `index` by one in memory: 0, or -errno and nothing is replaced. Without records
 * (`records_fd` may be -1) 1: the entries have not got the numbers of their records, so the index
 * is good for one command only. With `names_only` no lease is opened: fast, but the owners are
 * unknown and leases without content count as taken.
 */
int scan_leases(int dir_fd, int records_fd, bool names_only, struct index *index) must_check;
