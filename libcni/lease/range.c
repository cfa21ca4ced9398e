/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What makes a range of addresses valid, and which of its addresses may be handed out. */
#include "lease/range.h"

static int fail(struct cni_error *err, const char *text)
{
	return cni_fail(err, CNI_ERR_CONFIG, 0, "%s", text);
}

static int check_subnet(const struct range *range, struct cni_error *err)
{
	struct prefix network = prefix_network(&range->subnet);
	char buffer[ADDR_TEXT];

	if (!addr_is_set(&range->subnet.addr))
		return fail(err, "IP <nil> not v4 nor v6");
	if (range->is_mapped)
		return fail(err, "address and mask family mismatch");
	if (addr_equal(&network.addr, &range->subnet.addr))
		return 0;
	return cni_fail(
		err, CNI_ERR_CONFIG, 0,
		"Network has host bits set. For a subnet mask of length %u the network address is %s",
		range->subnet.len, addr_print(&network.addr, buffer));
}

static int fail_outside(struct cni_error *err, const char *what, const struct addr *addr,
			const struct prefix *subnet)
{
	char addr_text[ADDR_TEXT], subnet_text[PREFIX_TEXT];

	return cni_fail(err, CNI_ERR_CONFIG, 0, "%s %s not in network %s", what,
			addr_print(addr, addr_text), prefix_print(subnet, subnet_text));
}

/*
 * A subnet of one or two addresses has no network or broadcast address to leave out (RFC 3021, RFC
 * 6164).
 */
static bool is_tiny(const struct prefix *subnet)
{
	return subnet->len + 1u >= family_bits(subnet->addr.family);
}

static struct addr default_first(const struct prefix *subnet)
{
	return is_tiny(subnet) ? subnet->addr : addr_plus(&subnet->addr, 1);
}

static struct addr default_last(const struct prefix *subnet)
{
	struct addr last = prefix_last(subnet);

	return is_tiny(subnet) || last.family == AF_INET6 ? last : addr_minus(&last, 1);
}

/* A single address has no neighbour in its subnet that could be the gateway. */
static struct addr default_gateway(const struct prefix *subnet)
{
	if (subnet->len == family_bits(subnet->addr.family))
		return (struct addr){ .family = AF_UNSPEC };
	return addr_plus(&subnet->addr, 1);
}

static int check_exclude(const struct range *range, struct cni_error *err)
{
	for (size_t i = 0; i < range->exclude_count; i++)
		if (range->exclude[i].addr.family != range->subnet.addr.family)
			return fail_outside(err, "exclude", &range->exclude[i].addr,
					    &range->subnet);
	return 0;
}

int range_settle(struct range *range, struct cni_error *err)
{
	const struct prefix *subnet = &range->subnet;
	int r = check_subnet(range, err);

	if (r < 0)
		return r;
	if (!addr_is_set(&range->gateway))
		range->gateway = default_gateway(subnet);
	if (!addr_is_set(&range->first))
		range->first = default_first(subnet);
	else if (!prefix_contains(subnet, &range->first))
		return fail_outside(err, "RangeStart", &range->first, subnet);
	if (!addr_is_set(&range->last))
		range->last = default_last(subnet);
	else if (!prefix_contains(subnet, &range->last))
		return fail_outside(err, "RangeEnd", &range->last, subnet);
	if (addr_compare(&range->first, &range->last) > 0)
		return fail_outside(err, "RangeStart", &range->first, subnet);
	return check_exclude(range, err);
}

void range_forbid(const struct range *range, struct spans *never)
{
	for (size_t i = 0; i < range->exclude_count; i++) {
		const struct prefix *exclude = &range->exclude[i];
		struct addr last = prefix_last(exclude);

		spans_add(never, &exclude->addr, &last, 0);
	}
	if (addr_is_set(&range->gateway))
		spans_add(never, &range->gateway, &range->gateway, 0);
}

void range_print(const struct range *range, struct text *out)
{
	char first[ADDR_TEXT], last[ADDR_TEXT];

	text_addf(out, "%s-%s", addr_print(&range->first, first), addr_print(&range->last, last));
}

void range_release(struct range *range)
{
	free(range->exclude);
	*range = (struct range){ 0 };
}
