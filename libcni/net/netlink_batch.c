/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how several changes travel in one system call, and which of them was refused. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/text.h"
#include "net/netlink.h"

/*
 * Limits of one system call: the answers wait in the receive buffer meanwhile, each much larger
 * there than its bytes.
 */
enum { LOAD_BYTES = 32768, LOAD_ITEMS = 64 };

struct netlink_batch_item {
	struct nl_msg *msg;
	int ignored_errno;
	char *what;
	netlink_answer_fn *fn; /* of a question */
	void *data;
};

/* The items [first, end) are under way. */
struct load {
	struct netlink *nl;
	const struct netlink_batch *batch;
	size_t first, end;
	uint32_t first_seq;
	size_t answered;
	int result;    /* the first error */
	size_t failed; /* its item */
	char reason[sizeof(((struct netlink *)0)->reason)];
};

void netlink_batch_add(struct netlink_batch *batch, struct nl_msg *msg, int ignored_errno,
		       const char *what, ...)
{
	struct netlink_batch_item item = { .msg = msg, .ignored_errno = ignored_errno };
	va_list args;

	va_start(args, what);
	if (vasprintf(&item.what, what, args) < 0)
		out_of_memory();
	va_end(args);
	batch->items = xgrow(batch->items, batch->count, sizeof(item));
	batch->items[batch->count++] = item;
}

void netlink_batch_ask(struct netlink_batch *batch, struct nl_msg *msg, netlink_answer_fn *fn,
		       void *data, const char *what)
{
	netlink_batch_add(batch, msg, 0, "%s", what);
	batch->items[batch->count - 1].fn = fn;
	batch->items[batch->count - 1].data = data;
}

static void drop_items(struct netlink_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		nlmsg_free(batch->items[i].msg);
		free(batch->items[i].what);
	}
	free(batch->items);
	batch->items = NULL;
	batch->count = 0;
}

void netlink_batch_release(struct netlink_batch *batch)
{
	drop_items(batch);
	free(batch->failed);
	batch->failed = NULL;
}

static int load_answered(const struct nlmsghdr *answer, void *data)
{
	struct load *load = data;
	size_t i = answer->nlmsg_seq - load->first_seq;
	const struct netlink_batch_item *item;
	int r;

	if (i >= load->end - load->first)
		return 0;
	item = &load->batch->items[load->first + i];
	if (answer->nlmsg_type >= NLMSG_MIN_TYPE && item->fn)
		ignore(item->fn(answer, item->data)); /* what cannot be read is no answer */
	if (answer->nlmsg_type != NLMSG_ERROR)
		return 0;
	r = netlink_error(load->nl, answer);
	if (r < 0 && r != -item->ignored_errno && load->result == 0) {
		load->result = r;
		load->failed = load->first + i;
		memcpy(load->reason, load->nl->reason, sizeof(load->reason));
	}
	return ++load->answered == load->end - load->first;
}

/* Puts as many messages into `bytes` as fit, at least one. */
static void load_fill(struct load *load, struct text *bytes)
{
	while (load->end < load->batch->count && load->end - load->first < LOAD_ITEMS) {
		struct nlmsghdr *header = nlmsg_hdr(load->batch->items[load->end].msg);

		if (bytes->len > 0 && bytes->len + header->nlmsg_len > LOAD_BYTES)
			break;
		header->nlmsg_seq = load->first_seq + (uint32_t)(load->end - load->first);
		header->nlmsg_flags |= NLM_F_ACK;
		text_add_bytes(bytes, header, NLMSG_ALIGN(header->nlmsg_len));
		load->end++;
	}
	load->nl->seq = load->first_seq + (uint32_t)(load->end - load->first);
}

/* Sends one load; errors of single changes are kept in `load`. */
static int load_run(struct load *load)
{
	cleanup_text struct text bytes = { 0 };
	int r;

	/* One block of numbers for all; starting anew beats wrapping around within it. */
	if (load->nl->seq > UINT32_MAX / 2)
		load->nl->seq = 0;
	load->first_seq = netlink_next_seq(load->nl);
	load->answered = 0;
	load->first = load->end;
	load_fill(load, &bytes);
	r = netlink_exchange(load->nl, bytes.s, bytes.len, load_answered, load);
	if (r < 0 && load->result == 0) {
		load->result = r;
		load->failed = load->first;
	}
	return r < 0 ? r : 0;
}

int netlink_batch_run(struct netlink *nl, struct netlink_batch *batch, const char **ret_what)
{
	struct load load = { .nl = nl, .batch = batch };

	while (load.end < batch->count && load_run(&load) == 0)
		;
	memcpy(nl->reason, load.reason, sizeof(nl->reason));
	if (load.result < 0) {
		free(batch->failed);
		batch->failed = steal(&batch->items[load.failed].what);
		if (ret_what)
			*ret_what = batch->failed;
	}
	drop_items(batch);
	return load.result;
}
