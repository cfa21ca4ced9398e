/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows how the kernel hands out the rules of iptables-legacy: as one block in which rules lead to
 * others by their distance from its beginning. Every distance is measured before it is used.
 */
#include "host/fate_legacy.h"

#include <fcntl.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "host/fate_rule.h"

enum { DEPTH = 16, STEPS = 100000, LARGEST = 64 << 20, VIA = IFNAMSIZ };

struct legacy {
	int family;
	uint8_t *bytes; /* as large a beginning as struct ipt_get_entries, then the rules */
	size_t size;	/* of the rules */
	unsigned begin[NF_INET_NUMHOOKS], policy[NF_INET_NUMHOOKS];
};

static bool is_in_use(int family)
{
	cleanup_text struct text names = { 0 };

	return file_read_at(AT_FDCWD,
			    family == AF_INET6 ? "/proc/net/ip6_tables_names"
					       : "/proc/net/ip_tables_names",
			    &names) == 0 &&
	       names.s && strstr(names.s, "filter\n");
}

/* Both families have the same structures and numbers for the question. */
static int ask(int family, int fd, struct legacy *legacy)
{
	int level = family == AF_INET6 ? SOL_IPV6 : SOL_IP;
	struct ipt_getinfo info = { .name = "filter" };
	struct ipt_get_entries *entries;
	socklen_t size = sizeof(info);

	if (getsockopt(fd, level, IPT_SO_GET_INFO, &info, &size) < 0 || info.size > LARGEST)
		return -1;
	size = (socklen_t)(sizeof(*entries) + info.size);
	entries = xcalloc(1, size + sizeof(struct ip6t_entry));
	legacy->bytes = (uint8_t *)entries;
	legacy->size = info.size;
	memcpy(legacy->begin, info.hook_entry, sizeof(legacy->begin));
	memcpy(legacy->policy, info.underflow, sizeof(legacy->policy));
	(void)snprintf(entries->name, sizeof(entries->name), "filter"); /* fits */
	entries->size = info.size;
	return getsockopt(fd, level, IPT_SO_GET_ENTRIES, entries, &size);
}

struct legacy *legacy_read(int family)
{
	cleanup_close int fd = -1;
	struct legacy *legacy;

	if (!is_in_use(family))
		return NULL;
	fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (fd < 0)
		return NULL;
	legacy = xcalloc(1, sizeof(*legacy));
	legacy->family = family;
	if (ask(family, fd, legacy) == 0)
		return legacy;
	legacy_release(legacy);
	return NULL;
}

void legacy_release(struct legacy *legacy)
{
	if (legacy)
		free(legacy->bytes);
	free(legacy);
}

/* A rule of either family. */
struct legacy_rule {
	const void *from, *from_mask, *to, *to_mask;
	const char *in, *out;
	const unsigned char *in_mask, *out_mask;
	unsigned protocol, flags, inverted;
	size_t matches, target, next; /* distances from the beginning of the rule */
	const uint8_t *at;
};

static bool read_ipv4(const uint8_t *at, struct legacy_rule *ret)
{
	const struct ipt_entry *entry = (const void *)at;

	*ret = (struct legacy_rule){ .from = &entry->ip.src,
				     .from_mask = &entry->ip.smsk,
				     .to = &entry->ip.dst,
				     .to_mask = &entry->ip.dmsk,
				     .in = entry->ip.iniface,
				     .out = entry->ip.outiface,
				     .in_mask = entry->ip.iniface_mask,
				     .out_mask = entry->ip.outiface_mask,
				     .protocol = entry->ip.proto,
				     .flags = entry->ip.flags,
				     .inverted = entry->ip.invflags,
				     .matches = sizeof(*entry),
				     .target = entry->target_offset,
				     .next = entry->next_offset,
				     .at = at };
	return true;
}

static bool read_ipv6(const uint8_t *at, struct legacy_rule *ret)
{
	const struct ip6t_entry *entry = (const void *)at;

	*ret = (struct legacy_rule){ .from = &entry->ipv6.src,
				     .from_mask = &entry->ipv6.smsk,
				     .to = &entry->ipv6.dst,
				     .to_mask = &entry->ipv6.dmsk,
				     .in = entry->ipv6.iniface,
				     .out = entry->ipv6.outiface,
				     .in_mask = entry->ipv6.iniface_mask,
				     .out_mask = entry->ipv6.outiface_mask,
				     .protocol = entry->ipv6.proto,
				     .flags = entry->ipv6.flags,
				     .inverted = entry->ipv6.invflags,
				     .matches = sizeof(*entry),
				     .target = entry->target_offset,
				     .next = entry->next_offset,
				     .at = at };
	return true;
}

/* False where there is no whole rule. */
static bool read_rule(const struct legacy *legacy, size_t offset, struct legacy_rule *ret)
{
	size_t size = legacy->family == AF_INET6 ? sizeof(struct ip6t_entry)
						 : sizeof(struct ipt_entry);
	const uint8_t *at = legacy->bytes + sizeof(struct ipt_get_entries) + offset;

	if (offset % 4 || offset > legacy->size || legacy->size - offset < size)
		return false;
	return (legacy->family == AF_INET6 ? read_ipv6(at, ret) : read_ipv4(at, ret)) &&
	       ret->next <= legacy->size - offset && ret->target >= ret->matches &&
	       ret->target % 4 == 0 && ret->target + sizeof(struct xt_standard_target) <= ret->next;
}

/* MAYBE: not known; a mask of zeros asks nothing. */
static enum answer answer_bytes(const void *value_or_null, const void *wanted, const void *mask,
				size_t size, bool is_inverted)
{
	const uint8_t *a = value_or_null, *b = wanted, *m = mask;
	bool asks = false, differs = false;

	for (size_t i = 0; i < size; i++) {
		asks |= m[i] != 0;
		differs |= a && ((a[i] ^ b[i]) & m[i]);
	}
	if (!asks)
		return is_inverted ? ANSWER_NO : ANSWER_YES;
	if (!a)
		return ANSWER_MAYBE;
	return differs == is_inverted ? ANSWER_YES : ANSWER_NO;
}

static enum answer answer_name(const char *name_or_null, const char *wanted,
			       const unsigned char *mask, bool is_inverted)
{
	char padded[VIA] = { 0 };

	(void)snprintf(padded, sizeof(padded), "%s", name_or_null ? name_or_null : "");
	return answer_bytes(name_or_null ? padded : NULL, wanted, mask, VIA, is_inverted);
}

static enum answer answer_protocol(const struct legacy_rule *rule, const struct packet *packet)
{
	if (!rule->protocol)
		return ANSWER_YES;
	if (!packet->protocol)
		return ANSWER_MAYBE;
	return (rule->protocol == packet->protocol) != ((rule->inverted & IPT_INV_PROTO) != 0)
		       ? ANSWER_YES
		       : ANSWER_NO;
}

static enum answer answer_matches(const struct legacy_rule *rule, const struct packet *packet)
{
	enum answer all = ANSWER_YES;

	for (size_t at = rule->matches; at < rule->target;) {
		const struct xt_entry_match *match = (const void *)(rule->at + at);
		size_t size = rule->target - at < sizeof(*match) ? 0 : match->u.user.match_size;
		enum answer answer = ANSWER_MAYBE;

		if (size < sizeof(*match) || size % 4 || size > rule->target - at)
			return ANSWER_MAYBE;
		if (strncmp(match->u.user.name, "comment", sizeof(match->u.user.name)) == 0)
			answer = ANSWER_YES;
		if (strncmp(match->u.user.name, "conntrack", sizeof(match->u.user.name)) == 0)
			answer = conntrack_answer(match->data, size - sizeof(*match),
						  match->u.user.revision, packet);
		if (answer == ANSWER_NO)
			return answer;
		if (answer == ANSWER_MAYBE)
			all = answer;
		at += size;
	}
	return all;
}

static enum answer rule_answer(const struct legacy_rule *rule, const struct packet *packet)
{
	size_t size = family_size(packet->family);
	const enum answer answers[] = {
		answer_name(packet->in, rule->in, rule->in_mask, rule->inverted & IPT_INV_VIA_IN),
		answer_name(packet->out, rule->out, rule->out_mask,
			    rule->inverted & IPT_INV_VIA_OUT),
		answer_bytes(addr_is_set(&packet->from) ? packet->from.bytes : NULL, rule->from,
			     rule->from_mask, size, rule->inverted & IPT_INV_SRCIP),
		answer_bytes(addr_is_set(&packet->to) ? packet->to.bytes : NULL, rule->to,
			     rule->to_mask, size, rule->inverted & IPT_INV_DSTIP),
		answer_protocol(rule, packet),
		answer_matches(rule, packet),
	};
	enum answer all = ANSWER_YES;

	for (size_t i = 0; i < array_size(answers); i++) {
		if (answers[i] == ANSWER_NO)
			return ANSWER_NO;
		if (answers[i] == ANSWER_MAYBE)
			all = ANSWER_MAYBE;
	}
	return all;
}

struct walk {
	const struct legacy *legacy;
	const struct packet *packet;
	size_t steps;
};

static unsigned walk_from(struct walk *walk, size_t offset, unsigned depth);

/* What can become of the packets that the rule is about; the names of targets are the kernel's. */
static unsigned fate_of_target(struct walk *walk, const struct legacy_rule *rule, size_t offset,
			       unsigned depth)
{
	const struct xt_standard_target *target = (const void *)(rule->at + rule->target);
	const char *name = target->target.u.user.name;
	unsigned inner;

	if (strncmp(name, "REJECT", sizeof(target->target.u.user.name)) == 0)
		return FATE_DROP;
	if (*name && strncmp(name, "LOG", sizeof(target->target.u.user.name)) == 0)
		return FATE_GO_ON;
	if (*name)
		return FATE_ACCEPT | FATE_GO_ON;
	if (target->verdict == -NF_DROP - 1)
		return FATE_DROP;
	if (target->verdict == -NF_ACCEPT - 1)
		return FATE_ACCEPT;
	if (target->verdict == XT_RETURN)
		return FATE_RETURN;
	if (target->verdict < 0)
		return FATE_ACCEPT | FATE_GO_ON;
	if ((size_t)target->verdict == offset + rule->next)
		return FATE_GO_ON;
	inner = walk_from(walk, (size_t)target->verdict, depth + 1);
	if (!(inner & FATE_RETURN))
		return inner;
	return (inner & ~(unsigned)FATE_RETURN) |
	       (rule->flags & IPT_F_GOTO ? FATE_RETURN : FATE_GO_ON);
}

/* Rules of a chain end in one that applies to everything. */
static unsigned walk_from(struct walk *walk, size_t offset, unsigned depth)
{
	struct legacy_rule rule;
	unsigned possible = 0;

	while (depth <= DEPTH && ++walk->steps <= STEPS && read_rule(walk->legacy, offset, &rule)) {
		enum answer answer = rule_answer(&rule, walk->packet);
		unsigned then = FATE_GO_ON;

		if (answer != ANSWER_NO)
			then = fate_of_target(walk, &rule, offset, depth);
		possible |= then & ~(unsigned)FATE_GO_ON;
		if (answer == ANSWER_YES && !(then & FATE_GO_ON))
			return possible;
		offset += rule.next;
	}
	return possible | FATE_ACCEPT; /* what is too long or makes no sense is not blamed */
}

struct fate legacy_fate(const struct legacy *legacy, const struct packet *packet)
{
	bool is_input = packet->hook == NF_INET_LOCAL_IN;
	struct walk walk = { .legacy = legacy, .packet = packet };
	struct fate fate = { .is_legacy = true,
			     .table_family = packet->family == AF_INET6 ? NFPROTO_IPV6
									: NFPROTO_IPV4 };
	unsigned possible, policy;

	if (!legacy || packet->hook >= NF_INET_NUMHOOKS)
		return (struct fate){ 0 };
	possible = walk_from(&walk, legacy->begin[packet->hook], 0);
	policy = walk_from(&walk, legacy->policy[packet->hook], 0);
	if (possible & FATE_RETURN)
		possible |= policy;
	fate.is_dropped = !(possible & FATE_ACCEPT);
	(void)snprintf(fate.table, sizeof(fate.table), "filter");
	(void)snprintf(fate.chain, sizeof(fate.chain), "%s", is_input ? "INPUT" : "FORWARD");
	return fate;
}
