/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read as an address or prefix is printed so that it reads as the same one. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "types/addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_addr(const struct addr *addr)
{
	char text[ADDR_TEXT], again[ADDR_TEXT];
	struct addr moved, read;

	assert(addr_parse(addr_print(addr, text), &read) == 0);
	assert(addr_equal(addr, &read));
	assert(strcmp(addr_print(&read, again), text) == 0);
	moved = addr_plus(addr, 0x0123456789abcdef);
	moved = addr_minus(&moved, 0x0123456789abcdef);
	assert(addr_equal(addr, &moved));
	assert(addr_count(addr, addr) == 1);
}

static void check_prefix(const struct prefix *prefix)
{
	struct prefix network = prefix_network(prefix);
	struct addr last = prefix_last(prefix);
	char text[PREFIX_TEXT];
	struct prefix read;

	assert(prefix_parse(prefix_print(prefix, text), &read) == 0);
	assert(prefix_equal(prefix, &read));
	assert(prefix_contains(prefix, &network.addr) && prefix_contains(prefix, &last));
	assert(addr_compare(&network.addr, &prefix->addr) <= 0);
	assert(addr_compare(&prefix->addr, &last) <= 0);
	assert(prefix_overlaps(&network, prefix));
	check_addr(&prefix->addr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xmalloc(size + 1);
	struct prefix prefix;
	struct addr addr;

	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	if (addr_parse(text, &addr) == 0)
		check_addr(&addr);
	if (prefix_parse(text, &prefix) == 0)
		check_prefix(&prefix);
	return 0;
}
