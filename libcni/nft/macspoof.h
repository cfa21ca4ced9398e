/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * macspoofchk: frames that enter a bridge from a container's port with another source MAC than
 * the container's are dropped. One constant rule, set elements for each port, everything tagged
 * with its owner.
 */
#pragma once

#include <netinet/in.h> /* before the kernel's headers, which then leave the same names out */

#include "net/link.h"
#include "nft/owned.h"

extern const struct owned_table macspoof_table;

/* The port need not exist yet. */
struct owned_entry macspoof_entry(const char *port, const uint8_t mac[MAC_SIZE]) must_check;
