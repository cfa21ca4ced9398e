/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how connections are listed and deleted over ctnetlink. */
#include "net/conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/signals.h"

/* Which parts of a tuple a filter looks at; no header of the kernel has these. */
enum { FILTER_SOURCE = 1 << 0, FILTER_PROTOCOL = 1 << 3, FILTER_DESTINATION_PORT = 1 << 5 };

enum {
	COPIED_MAX = 512, /* bytes of an attribute; the kernel's have about 100 */
	DELETED_AT_ONCE = 256,
};

struct search {
	conntrack_fn *fn;
	void *data;
	size_t seen;
	struct netlink deleting;    /* of its own: the other one is being listed to */
	struct netlink_batch found; /* requests that delete them */
};

static struct nl_msg *new_request(int type, uint8_t family)
{
	const struct nfgenmsg header = { .nfgen_family = family, .version = NFNETLINK_V0 };

	return netlink_request(NFNL_SUBSYS_CTNETLINK << 8 | type, 0, &header, sizeof(header));
}

static struct nlattr *open_nest(struct nl_msg *msg, int type)
{
	return netlink_nest(msg, type | NLA_F_NESTED);
}

static void add_flags(struct nl_msg *msg, uint32_t original, uint32_t reply)
{
	struct nlattr *parts = open_nest(msg, CTA_FILTER);

	netlink_put_u32(msg, CTA_FILTER_ORIG_FLAGS, original);
	netlink_put_u32(msg, CTA_FILTER_REPLY_FLAGS, reply);
	(void)nla_nest_end(msg, parts); /* no limit is reached, here and below */
}

static void add_ports(struct nl_msg *msg, const struct conntrack_filter *filter)
{
	struct nlattr *tuple = open_nest(msg, CTA_TUPLE_ORIG);
	struct nlattr *protocol = open_nest(msg, CTA_TUPLE_PROTO);
	bool has_port = filter->original_port > 0;

	netlink_put_u8(msg, CTA_PROTO_NUM, filter->protocol);
	if (has_port)
		netlink_put_u16(msg, CTA_PROTO_DST_PORT, htons(filter->original_port));
	(void)nla_nest_end(msg, protocol);
	(void)nla_nest_end(msg, tuple);
	add_flags(msg, FILTER_PROTOCOL | (has_port ? FILTER_DESTINATION_PORT : 0), 0);
}

static void add_answer(struct nl_msg *msg, const struct addr *source)
{
	struct nlattr *tuple = open_nest(msg, CTA_TUPLE_REPLY);
	struct nlattr *ip = open_nest(msg, CTA_TUPLE_IP);

	netlink_put(msg, source->family == AF_INET6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, source->bytes,
		    family_size(source->family));
	(void)nla_nest_end(msg, ip);
	(void)nla_nest_end(msg, tuple);
	add_flags(msg, 0, FILTER_SOURCE);
}

static struct nl_msg *list_request(const struct conntrack_filter *filter)
{
	struct nl_msg *msg = new_request(IPCTNL_MSG_CT_GET, filter->family);

	if (filter->protocol)
		add_ports(msg, filter);
	else if (addr_is_set(&filter->answer_source))
		add_answer(msg, &filter->answer_source);
	return msg;
}

static struct addr read_address(struct nlattr *const *attrs, int type4, int type6)
{
	struct nlattr *attr = attrs[type4] ? attrs[type4] : attrs[type6];
	struct addr addr = { .family = attrs[type4] ? AF_INET : AF_INET6 };

	if (!attr || nla_len(attr) < (int)family_size(addr.family))
		return (struct addr){ 0 };
	memcpy(addr.bytes, nla_data(attr), family_size(addr.family));
	return addr;
}

static uint16_t read_port(struct nlattr *attr)
{
	return attr && nla_len(attr) >= (int)sizeof(uint16_t) ? ntohs(nla_get_u16(attr)) : 0;
}

static int read_tuple(struct nlattr *attr, struct conntrack_tuple *ret)
{
	struct nlattr *tuple[CTA_TUPLE_MAX + 1], *ip[CTA_IP_MAX + 1], *protocol[CTA_PROTO_MAX + 1];

	if (!attr || nla_parse_nested(tuple, CTA_TUPLE_MAX, attr, NULL) < 0 ||
	    !tuple[CTA_TUPLE_IP] || !tuple[CTA_TUPLE_PROTO] ||
	    nla_parse_nested(ip, CTA_IP_MAX, tuple[CTA_TUPLE_IP], NULL) < 0 ||
	    nla_parse_nested(protocol, CTA_PROTO_MAX, tuple[CTA_TUPLE_PROTO], NULL) < 0 ||
	    !protocol[CTA_PROTO_NUM] || nla_len(protocol[CTA_PROTO_NUM]) < 1)
		return -EBADMSG;
	*ret = (struct conntrack_tuple){
		.source = read_address(ip, CTA_IP_V4_SRC, CTA_IP_V6_SRC),
		.destination = read_address(ip, CTA_IP_V4_DST, CTA_IP_V6_DST),
		.source_port = read_port(protocol[CTA_PROTO_SRC_PORT]),
		.destination_port = read_port(protocol[CTA_PROTO_DST_PORT]),
		.protocol = nla_get_u8(protocol[CTA_PROTO_NUM]),
	};
	return 0;
}

/* What names a connection. The identity keeps us from deleting a successor that looks the same. */
static const int copied[] = { CTA_TUPLE_ORIG, CTA_ZONE, CTA_ID };

static bool is_short(struct nlattr *const *attrs)
{
	for (size_t i = 0; i < array_size(copied); i++)
		if (attrs[copied[i]] && nla_len(attrs[copied[i]]) > COPIED_MAX)
			return false;
	return true;
}

static struct nl_msg *delete_request(uint8_t family, struct nlattr *const *attrs)
{
	struct nl_msg *msg = new_request(IPCTNL_MSG_CT_DELETE, family);

	for (size_t i = 0; i < array_size(copied); i++) {
		struct nlattr *attr = attrs[copied[i]];

		if (attr)
			netlink_put(msg, attr->nla_type, nla_data(attr), (size_t)nla_len(attr));
	}
	return msg;
}

static void forget_found(void *data)
{
	struct search *search = data;

	netlink_batch_release(&search->found);
	search->found = (struct netlink_batch){ 0 };
}

static int delete_found(struct search *search)
{
	const char *what;
	struct netlink *nl = &search->deleting;
	int r;

	if (search->found.count == 0)
		return 0;
	r = (nl->fd < 0 ? netlink_open(nl, NETLINK_NETFILTER) : 0)
		    ?: netlink_batch_run(nl, &search->found, &what);
	forget_found(search);
	return r;
}

static int take_flow(const struct nlmsghdr *answer, void *data)
{
	struct search *search = data;
	const struct nfgenmsg *header = nlmsg_data(answer);
	struct nlattr *attrs[CTA_MAX + 1];
	struct conntrack_flow flow = { 0 };

	if (nlmsg_parse((struct nlmsghdr *)answer, sizeof(*header), attrs, CTA_MAX, NULL) < 0 ||
	    !is_short(attrs))
		return -EBADMSG;
	if (read_tuple(attrs[CTA_TUPLE_ORIG], &flow.original) < 0 ||
	    read_tuple(attrs[CTA_TUPLE_REPLY], &flow.answer) < 0)
		return 0; /* not of a protocol we know */
	if (attrs[CTA_STATUS] && nla_len(attrs[CTA_STATUS]) >= (int)sizeof(uint32_t))
		flow.is_dnat = ntohl(nla_get_u32(attrs[CTA_STATUS])) & IPS_DST_NAT;
	if (search->fn(&flow, search->data))
		netlink_batch_add(&search->found, delete_request(header->nfgen_family, attrs),
				  ENOENT, "delete a connection");
	if (search->found.count >= DELETED_AT_ONCE)
		return delete_found(search);
	return signals_in_turn(search->seen++);
}

long conntrack_count(void)
{
	cleanup_text struct text count = { 0 };

	if (file_read_at(AT_FDCWD, "/proc/sys/net/netfilter/nf_conntrack_count", &count) < 0 ||
	    count.len == 0)
		return LONG_MAX;
	return strtol(count.s, NULL, 10);
}

int conntrack_delete(struct netlink *netfilter, const struct conntrack_filter *filter,
		     conntrack_fn *fn, void *data)
{
	struct search search = { .fn = fn, .data = data, .deleting = NETLINK_CLOSED };
	int r = netlink_list(netfilter, list_request(filter), take_flow, forget_found, &search)
			?: delete_found(&search);

	forget_found(&search);
	netlink_shut(&search.deleting);
	return r;
}
