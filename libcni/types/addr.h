/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IP addresses and prefixes of either family: text, order and arithmetic. Pure. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

struct addr {
	uint8_t family;	   /* AF_INET, AF_INET6, or AF_UNSPEC: no address */
	uint8_t bytes[16]; /* network order; the rest zero for IPv4, so that memcmp() compares */
};

/* An address with a prefix length; host bits are kept. */
struct prefix {
	struct addr addr;
	uint8_t len;
};

enum { ADDR_TEXT = INET6_ADDRSTRLEN, PREFIX_TEXT = INET6_ADDRSTRLEN + 4 };

/*
 * Dotted IPv4 (no leading zeros) or IPv6 without zone. IPv4-mapped IPv6 becomes IPv4, and its
 * prefix length shrinks by 96, as the reference prints it; with less than 96 bits it is refused. 0
 * or -EINVAL.
 */
int addr_parse(const char *text, struct addr *ret) must_check;
int prefix_parse(const char *text, struct prefix *ret) must_check;

/* Writes the RFC 5952 form into `buffer` and returns it. */
const char *addr_print(const struct addr *addr, char buffer[ADDR_TEXT]);
const char *prefix_print(const struct prefix *prefix, char buffer[PREFIX_TEXT]);

static inline bool addr_is_set(const struct addr *addr)
{
	return addr->family != AF_UNSPEC;
}

/* Bytes (4 or 16) and bits (32 or 128) of an address of this family. */
static inline unsigned family_size(int family)
{
	return family == AF_INET6 ? 16 : 4;
}

static inline unsigned family_bits(int family)
{
	return family_size(family) * 8;
}

/* Order by family, then by number: negative, 0, positive. */
int addr_compare(const struct addr *a, const struct addr *b);
bool addr_equal(const struct addr *a, const struct addr *b);

/* addr + n and addr - n, wrapping around within the family. */
struct addr addr_plus(const struct addr *addr, uint64_t n);
struct addr addr_minus(const struct addr *addr, uint64_t n);

/* to - from + 1, or UINT64_MAX when it is larger; 0 when `to` is before `from`. */
uint64_t addr_count(const struct addr *from, const struct addr *to);

bool addr_is_loopback(const struct addr *addr);
bool addr_is_unspecified(const struct addr *addr);

/* Prefix with the host bits cleared; first and last address of the network. */
struct prefix prefix_network(const struct prefix *prefix);
struct addr prefix_last(const struct prefix *prefix);

/* 255.255.255.0-like address of that family and length. */
struct addr prefix_mask(int family, unsigned len);

bool prefix_contains(const struct prefix *prefix, const struct addr *addr);
bool prefix_equal(const struct prefix *a, const struct prefix *b);

/* True when one of the two networks contains the other. */
bool prefix_overlaps(const struct prefix *a, const struct prefix *b);

/* True for 0.0.0.0/0 and ::/0. */
bool prefix_is_default(const struct prefix *prefix);

/* The whole family's /32 or /128 of one address. */
struct prefix prefix_host(const struct addr *addr);
