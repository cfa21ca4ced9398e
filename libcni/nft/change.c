/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how a transaction is carried out, what its failure means, and when to try again. */
#include "nft/change.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libnftnl/common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "base/alloc.h"
#include "base/deadline.h"
#include "nft/answer.h"

enum {
	/* A change is given up after both: on a slow machine many may wait for modules. */
	CHANGE_MS = 10000,
	LEAST_TRIES = 64,
	CAREFUL_TRIES = 16,
	GENERATION_AT = NLMSG_HDRLEN + sizeof(struct nfgenmsg) +
			NLA_HDRLEN, /* in the first message */
};

struct exchange {
	const struct nft_buffer *buffer;
	struct netlink *nl;
	uint32_t generation;
	uint32_t refused; /* the message that `error` is about */
	int error;
};

void nft_batch_begin(struct nft_batch *batch)
{
	struct nlmsghdr *message = nft_buffer_open(&batch->buffer, NFT_MSG_GETGEN, AF_UNSPEC, 0);
	struct nlattr *generation;

	message = nftnl_batch_begin((char *)message, 0);
	generation = (void *)((char *)message + message->nlmsg_len);
	generation->nla_type = NFNL_BATCH_GENID;
	generation->nla_len = NLA_HDRLEN + sizeof(uint32_t);
	message->nlmsg_len += generation->nla_len;
	nft_buffer_close(&batch->buffer, message);
}

/* Asks for the last change to be answered, for an ending, and for the generation (0: any). */
static void finish(struct nft_batch *batch, uint32_t generation)
{
	struct nlmsghdr *last = (void *)(batch->buffer.bytes + batch->last);
	uint32_t value = htonl(generation);
	struct nlmsghdr *end;

	last->nlmsg_flags |= NLM_F_ACK;
	end = nft_buffer_open(&batch->buffer, NFT_MSG_GETGEN, AF_UNSPEC, 0);
	nft_buffer_close(&batch->buffer, nftnl_batch_end((char *)end, 0));
	memcpy(batch->buffer.bytes + GENERATION_AT, &value, sizeof(value));
}

/*
 * Each refused change is answered, and the last change in any case. What answers the beginning
 * stands for the whole transaction and comes first.
 */
static int take_commit_answer(const struct nlmsghdr *answer, void *data)
{
	struct exchange *exchange = data;
	int place = nft_buffer_place(exchange->buffer, answer);
	const struct nlmsgerr *report = NLMSG_DATA(answer);

	if (place < 0 || answer->nlmsg_type != NLMSG_ERROR)
		return 0;
	if (nlmsg_datalen(answer) < (int)sizeof(report->error)) {
		exchange->error = -EBADMSG;
		return 1;
	}
	if (report->error && !exchange->error) {
		exchange->error = netlink_error(exchange->nl, answer);
		exchange->refused = (uint32_t)place;
	}
	/*
	 * A module was loaded and the transaction begun again: this is its only answer then, from
	 * its middle.
	 */
	if (report->error == -ERESTART)
		return 1;
	return place == 0 || (uint32_t)place == exchange->buffer->count - 2;
}

static int commit(struct netlink *nl, struct nft_batch *batch, uint32_t generation)
{
	struct exchange exchange = { .buffer = &batch->buffer, .nl = nl };
	int r;

	finish(batch, batch->is_structural ? generation : 0);
	nft_buffer_number(&batch->buffer, nl);
	r = netlink_exchange(nl, batch->buffer.bytes, batch->buffer.size, take_commit_answer,
			     &exchange);
	if (batch->refused)
		*batch->refused = exchange.refused;
	return r < 0 ? r : exchange.error;
}

static int take_generation(const struct nlmsghdr *answer, void *data)
{
	struct exchange *exchange = data;

	if (nft_buffer_place(exchange->buffer, answer) < 0)
		return 0;
	if (answer->nlmsg_type == NLMSG_ERROR) {
		exchange->error = netlink_error(exchange->nl, answer);
		return 1;
	}
	if (!nft_answer_is(answer, NFT_MSG_NEWGEN))
		return -EBADMSG;
	exchange->generation = nft_number(nft_answer_find(answer, NFTA_GEN_ID));
	return 0;
}

/* The number of the ruleset's last change. */
static int get_generation(struct netlink *nl, uint32_t *ret)
{
	cleanup_with(nft_buffer_release) struct nft_buffer buffer = { 0 };
	struct exchange exchange = { .buffer = &buffer, .nl = nl };
	int r;

	nft_buffer_close(&buffer, nft_buffer_open(&buffer, NFT_MSG_GETGEN, AF_UNSPEC, NLM_F_ACK));
	nft_buffer_number(&buffer, nl);
	r = netlink_exchange(nl, buffer.bytes, buffer.size, take_generation, &exchange);
	if (r < 0 || exchange.error < 0)
		return r < 0 ? r : exchange.error;
	*ret = exchange.generation;
	return 0;
}

/* Could the failure come from somebody else's change after `generation`? */
static bool was_disturbed(struct netlink *nl, int r, uint32_t generation)
{
	struct netlink asking = *nl; /* the words for the failure stay in `nl` */
	uint32_t now;

	if (r == -ERESTART)
		return true;
	if (r != -ENOENT && r != -EEXIST && r != -EBUSY)
		return false;
	r = get_generation(&asking, &now);
	nl->seq = asking.seq;
	return r == 0 && now != generation;
}

int nft_change(struct netlink *nl, nft_plan_fn *plan, void *data)
{
	struct deadline deadline = deadline_in(CHANGE_MS);
	uint32_t generation;
	int r;

	for (unsigned tries = 0; tries < LEAST_TRIES || deadline_left(deadline) > 0; tries++) {
		cleanup_nft_batch struct nft_batch batch = { 0 };

		r = get_generation(nl, &generation) ?: plan(nl, &batch, data);
		if (r < 0 || batch.buffer.count == 0)
			return r;
		r = commit(nl, &batch, tries < CAREFUL_TRIES ? generation : 0);
		if (r == 0 || !was_disturbed(nl, r, generation))
			return r;
	}
	return -EAGAIN;
}

static const char *remedy_of(int r)
{
	switch (r) {
	case -EPERM:
	case -EACCES:
		return "run the plugin with CAP_NET_ADMIN in the user namespace that owns the network namespace";
	case -ENOENT:
	case -EINVAL:
	case -EOPNOTSUPP:
	case -EPROTONOSUPPORT:
	case -EAFNOSUPPORT:
	case -EOVERFLOW:
		return "the kernel may lack nftables support: Linux 5.10 or later with nf_tables, nft_chain_nat, nft_masq and, for bridges, nf_tables_bridge is needed; load these modules if they are not built in";
	case -EAGAIN:
		return "other programs keep changing the same nftables objects; try again later";
	default:
		return NULL;
	}
}

/* Adds the kernel's words and the remedy. */
static int explain(const struct netlink *nl, struct cni_error *err, int r)
{
	const char *remedy = remedy_of(r);

	netlink_explain(nl, err);
	if (remedy)
		cni_error_details(err, "%s", remedy);
	return r;
}

int nft_fail(const struct netlink *nl, struct cni_error *err, int r, const char *format, ...)
{
	const bool is_moment = r == -EAGAIN || r == -EINTR;
	const unsigned code = is_moment ? CNI_ERR_TRY_LATER : CNI_ERR_FIREWALL;
	va_list args;

	va_start(args, format);
	(void)cni_vfail(err, code, -r, format, args); /* it returns r */
	va_end(args);
	return explain(nl, err, r);
}

int nft_probe(struct netlink *nl, struct cni_error *err)
{
	uint32_t generation;
	int r = get_generation(nl, &generation);

	if (r < 0)
		return explain(nl, err,
			       cni_fail(err, CNI_ERR_NOT_AVAILABLE, -r, "cannot use nftables"));
	return 0;
}
