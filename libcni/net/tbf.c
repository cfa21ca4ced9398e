/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the messages about token buckets. */
#include "net/tbf.h"

#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* The unit of the buffer is 64 ns since Linux 2.6.31; /proc/net/psched says so, too. */
enum { NS_SHIFT = 6, LATENCY = 40 /* of them a second */, TBF_HANDLE = 1 << 16 };

static const char tbf_kind[] = "tbf";

static uint32_t clamp(uint64_t number)
{
	return number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

struct tbf tbf_of(uint64_t rate, uint32_t burst)
{
	const uint64_t us = (uint64_t)burst * 1000000 / rate;
	const uint64_t ticks = us * 1000 >> NS_SHIFT;

	return (struct tbf){
		.rate = rate,
		.buffer = clamp(ticks),
		.wraps = ticks > UINT32_MAX,
		.wrapped = (uint32_t)ticks,
		.limit = clamp(rate / LATENCY + burst),
	};
}

static struct tcmsg root_of(int link, uint32_t handle)
{
	return (struct tcmsg){
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = link,
		.tcm_parent = TC_H_ROOT,
		.tcm_handle = handle,
	};
}

int tbf_put(struct netlink *nl, int link, const struct tbf *tbf)
{
	const struct tcmsg header = root_of(link, TBF_HANDLE);
	const struct tc_tbf_qopt parameters = {
		.rate = { .rate = clamp(tbf->rate), .linklayer = TC_LINKLAYER_ETHERNET },
		.limit = tbf->limit,
		.buffer = tbf->buffer,
	};
	struct nl_msg *msg = netlink_request(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, &header,
					     sizeof(header));
	struct nlattr *options;

	netlink_put_text(msg, TCA_KIND, tbf_kind);
	options = netlink_nest(msg, TCA_OPTIONS);
	netlink_put(msg, TCA_TBF_PARMS, &parameters, sizeof(parameters));
	if (tbf->rate > UINT32_MAX)
		netlink_put(msg, TCA_TBF_RATE64, &tbf->rate, sizeof(tbf->rate));
	nla_nest_end(msg, options);
	return netlink_call(nl, msg);
}

struct reading {
	struct tbf tbf;
	bool is_found;
};

static int take_tbf(const struct nlmsghdr *answer, void *data)
{
	struct nlattr *attrs[TCA_MAX + 1], *options[TCA_TBF_MAX + 1];
	struct reading *reading = data;
	struct tc_tbf_qopt parameters;

	if (answer->nlmsg_type != RTM_NEWQDISC ||
	    nlmsg_parse((struct nlmsghdr *)answer, sizeof(struct tcmsg), attrs, TCA_MAX, NULL) < 0)
		return -EBADMSG;
	if (!attrs[TCA_KIND] || nla_strcmp(attrs[TCA_KIND], tbf_kind) != 0)
		return 0;
	if (!attrs[TCA_OPTIONS] ||
	    nla_parse_nested(options, TCA_TBF_MAX, attrs[TCA_OPTIONS], NULL) < 0 ||
	    !options[TCA_TBF_PARMS] || nla_len(options[TCA_TBF_PARMS]) < (int)sizeof(parameters))
		return -EBADMSG;
	memcpy(&parameters, nla_data(options[TCA_TBF_PARMS]), sizeof(parameters));
	reading->tbf = (struct tbf){
		.rate = parameters.rate.rate,
		.buffer = parameters.buffer,
		.limit = parameters.limit,
	};
	if (options[TCA_TBF_RATE64] &&
	    nla_len(options[TCA_TBF_RATE64]) == (int)sizeof(reading->tbf.rate))
		memcpy(&reading->tbf.rate, nla_data(options[TCA_TBF_RATE64]),
		       sizeof(reading->tbf.rate));
	reading->is_found = true;
	return 0;
}

/* One link is asked about; a dump would tell all of the host. The kernel answers an echo only. */
int tbf_get(struct netlink *nl, int link, struct tbf *ret)
{
	const struct tcmsg header = root_of(link, 0);
	struct reading reading = { 0 };
	int r = netlink_get(nl, netlink_request(RTM_GETQDISC, NLM_F_ECHO, &header, sizeof(header)),
			    take_tbf, &reading);

	if (r == -ENOENT || r == -EINVAL)
		return 0; /* the kernel's own is not told */
	if (r < 0)
		return r;
	*ret = reading.tbf;
	return reading.is_found;
}

int tbf_delete(struct netlink *nl, int link)
{
	const struct tcmsg header = root_of(link, TBF_HANDLE);
	int r = netlink_call(nl, netlink_request(RTM_DELQDISC, 0, &header, sizeof(header)));

	return r == -ENOENT || r == -EINVAL || r == -ENODEV ? 0 : r;
}

bool tbf_is(const struct tbf *read, const struct tbf *wanted)
{
	return read->rate == wanted->rate && read->limit == wanted->limit &&
	       (read->buffer == wanted->buffer ||
		(wanted->wraps && read->buffer == wanted->wrapped));
}
