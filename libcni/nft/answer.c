/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how attributes lie in messages of nftables; all numbers there are in network order. */
#include "nft/answer.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>

bool nft_answer_is(const struct nlmsghdr *answer, int type)
{
	return answer->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | type) &&
	       nlmsg_datalen(answer) >= (int)sizeof(struct nfgenmsg);
}

struct nlattr *nft_answer_find(const struct nlmsghdr *answer, int attribute)
{
	return nlmsg_find_attr((struct nlmsghdr *)answer, sizeof(struct nfgenmsg), attribute);
}

struct nlattr *nft_find(const struct nlattr *nest, int attribute)
{
	return nest ? nla_find(nla_data(nest), nla_len(nest), attribute) : NULL;
}

const char *nft_text(const struct nlattr *attr)
{
	const char *text = attr ? nla_data(attr) : NULL;
	int size = attr ? nla_len(attr) : 0;

	return size > 0 && !text[size - 1] ? text : NULL;
}

uint32_t nft_number(const struct nlattr *attr)
{
	return attr && nla_len(attr) == sizeof(uint32_t) ? ntohl(nla_get_u32(attr)) : 0;
}
