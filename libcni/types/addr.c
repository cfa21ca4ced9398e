/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of both families as numbers in network order, and their text. */
#include "types/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const uint8_t mapped_start[12] = { [10] = 0xff, [11] = 0xff };

static bool is_mapped(const struct addr *addr)
{
	return addr->family == AF_INET6 && memcmp(addr->bytes, mapped_start, 12) == 0;
}

static void unmap(struct addr *addr)
{
	memmove(addr->bytes, addr->bytes + 12, 4);
	memset(addr->bytes + 4, 0, 12);
	addr->family = AF_INET;
}

/* As written: an IPv4-mapped address stays IPv6, because its prefix length counts 128 bits. */
static int parse_as_written(const char *text, struct addr *ret)
{
	struct addr addr = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };

	if (inet_pton(addr.family, text, addr.bytes) != 1)
		return -EINVAL;
	*ret = addr;
	return 0;
}

int addr_parse(const char *text, struct addr *ret)
{
	int r = parse_as_written(text, ret);

	if (r == 0 && is_mapped(ret))
		unmap(ret);
	return r;
}

/* Leading zeros are accepted, as in the reference. */
static int parse_length(const char *text, unsigned max, uint8_t *ret)
{
	unsigned len = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		len = len * 10 + (unsigned)(*text - '0');
		if (len > max)
			return -EINVAL;
	}
	*ret = (uint8_t)len;
	return 0;
}

int prefix_parse(const char *text, struct prefix *ret)
{
	const char *slash = strchr(text, '/');
	size_t size = slash ? (size_t)(slash - text) : ADDR_TEXT;
	struct prefix prefix;
	char addr[ADDR_TEXT];

	if (size >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, text, size);
	addr[size] = '\0';
	if (parse_as_written(addr, &prefix.addr) < 0 ||
	    parse_length(slash + 1, family_bits(prefix.addr.family), &prefix.len) < 0)
		return -EINVAL;
	if (is_mapped(&prefix.addr)) {
		if (prefix.len < 96)
			return -EINVAL; /* reaches beyond the mapped addresses: no IPv4 network */
		prefix.len -= 96;
		unmap(&prefix.addr);
	}
	*ret = prefix;
	return 0;
}

static unsigned group_of(const struct addr *addr, size_t i)
{
	return (unsigned)addr->bytes[2 * i] << 8 | addr->bytes[2 * i + 1];
}

/* The first of the longest runs of two or more zero groups: the one that "::" stands for. */
static int find_zeros(const struct addr *addr, int *ret_count)
{
	int best = -1, best_count = 1;
	int count = 0;

	for (int i = 0; i < 8; i++) {
		count = group_of(addr, i) == 0 ? count + 1 : 0;
		if (count > best_count) {
			best_count = count;
			best = i + 1 - count;
		}
	}
	*ret_count = best_count;
	return best;
}

/* Not inet_ntop(): glibc writes the end of addresses in ::/96 dotted, the reference does not. */
static void print_ipv6(const struct addr *addr, char buffer[ADDR_TEXT])
{
	int zeros_count;
	int zeros = find_zeros(addr, &zeros_count);
	char *next = buffer;

	for (int i = 0; i < 8;) {
		if (i == zeros) {
			next = stpcpy(next, "::");
			i += zeros_count;
			continue;
		}
		if (i > 0 && next[-1] != ':')
			*next++ = ':';
		next += sprintf(next, "%x", group_of(addr, i++));
	}
	*next = '\0';
}

const char *addr_print(const struct addr *addr, char buffer[ADDR_TEXT])
{
	buffer[0] = '\0';
	if (addr->family == AF_INET || is_mapped(addr))
		(void)inet_ntop(AF_INET, addr->bytes + (addr->family == AF_INET ? 0 : 12), buffer,
				ADDR_TEXT); /* the buffer is large enough for any address */
	else if (addr->family == AF_INET6)
		print_ipv6(addr, buffer);
	return buffer;
}

const char *prefix_print(const struct prefix *prefix, char buffer[PREFIX_TEXT])
{
	unsigned len = prefix->len;

	if (is_mapped(&prefix->addr))
		len = len > 96 ? len - 96 : 0;
	(void)addr_print(&prefix->addr, buffer);
	(void)sprintf(buffer + strlen(buffer), "/%u", len); /* PREFIX_TEXT counts it in */
	return buffer;
}

int addr_compare(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return addr_compare(a, b) == 0;
}

struct addr addr_plus(const struct addr *addr, uint64_t n)
{
	struct addr sum = *addr;
	unsigned carry = 0;

	for (unsigned i = family_size(addr->family); i-- > 0; n >>= 8) {
		carry += sum.bytes[i] + (unsigned)(n & 0xff);
		sum.bytes[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return sum;
}

struct addr addr_minus(const struct addr *addr, uint64_t n)
{
	struct addr rest = *addr;
	unsigned borrow = 0;

	for (unsigned i = family_size(addr->family); i-- > 0; n >>= 8) {
		unsigned take = (unsigned)(n & 0xff) + borrow;

		borrow = rest.bytes[i] < take;
		rest.bytes[i] = (uint8_t)(rest.bytes[i] - take);
	}
	return rest;
}

static uint64_t load64(const uint8_t *bytes)
{
	uint64_t x = 0;

	for (int i = 0; i < 8; i++)
		x = x << 8 | bytes[i];
	return x;
}

uint64_t addr_count(const struct addr *from, const struct addr *to)
{
	uint8_t difference[16] = { 0 };
	int borrow = 0;

	if (from->family != to->family || addr_compare(to, from) < 0)
		return 0;
	for (int i = (int)family_size(to->family) - 1, d = 15; i >= 0; i--, d--) {
		int x = to->bytes[i] - from->bytes[i] - borrow;

		borrow = x < 0;
		difference[d] = (uint8_t)x;
	}
	if (load64(difference) > 0 || load64(difference + 8) == UINT64_MAX)
		return UINT64_MAX;
	return load64(difference + 8) + 1;
}

bool addr_is_loopback(const struct addr *addr)
{
	static const struct addr ipv6_loopback = { .family = AF_INET6, .bytes = { [15] = 1 } };

	return addr->family == AF_INET ? addr->bytes[0] == 127 : addr_equal(addr, &ipv6_loopback);
}

bool addr_is_unspecified(const struct addr *addr)
{
	static const uint8_t zeros[16];

	return addr_is_set(addr) && memcmp(addr->bytes, zeros, sizeof(zeros)) == 0;
}
