/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A netlink socket that belongs to the namespace it was opened in. Messages are built with libnl's
 * nlmsg_ and nla_ functions; sending, answers, errors and the kernel's own words (extended
 * acknowledgements) are handled here, because libnl narrows errno to its own codes and drops those
 * words. Results are -errno.
 */
#pragma once

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/deadline.h"
#include "base/error.h"

struct netlink {
	int fd; /* -1: closed */
	uint32_t seq;
	char reason[160]; /* what the kernel said about the last refusal; "" when it said nothing */
	const int *netns; /* its namespace, borrowed; NULL: where we are */
};

#define NETLINK_CLOSED                                                                             \
	{                                                                                          \
		.fd = -1                                                                           \
	}
#define cleanup_netlink cleanup_with(netlink_shut)

/*
 * Opens a socket of the protocol (NETLINK_ROUTE, NETLINK_NETFILTER) in the current namespace, with
 * strict checking of dump filters and extended acknowledgements switched on where the kernel has
 * them.
 */
int netlink_open(struct netlink *nl, int protocol) must_check;
void netlink_shut(struct netlink *nl); /* libnl has an nl_close() */

enum { NETLINK_REQUEST_SIZE = 2048 };

/*
 * A request with its fixed header (struct ifinfomsg, …) in place, ready for netlink_put_*().
 * `flags` are NLM_F_* beside NLM_F_REQUEST. Never NULL. Freed by whoever sends it. It has room for
 * NETLINK_REQUEST_SIZE bytes: whoever puts in texts or lists of the user's bounds their length
 * first.
 */
struct nl_msg *netlink_request(int type, int flags, const void *header,
			       size_t header_size) must_check;

/* Adds an attribute. A message without room for it ends the process like a lack of memory. */
void netlink_put(struct nl_msg *msg, int type, const void *data, size_t size);
void netlink_put_text(struct nl_msg *msg, int type, const char *text); /* with its last zero */

/* Begins an attribute of attributes, which nla_nest_end() ends. The same holds for room. */
struct nlattr *netlink_nest(struct nl_msg *msg, int type) must_check;

static inline void netlink_put_u8(struct nl_msg *msg, int type, uint8_t value)
{
	netlink_put(msg, type, &value, sizeof(value));
}

static inline void netlink_put_u16(struct nl_msg *msg, int type, uint16_t value)
{
	netlink_put(msg, type, &value, sizeof(value));
}

static inline void netlink_put_u32(struct nl_msg *msg, int type, uint32_t value)
{
	netlink_put(msg, type, &value, sizeof(value));
}

/* Sends one change and waits for its acknowledgement. Frees `msg`. */
int netlink_call(struct netlink *nl, struct nl_msg *msg) must_check;

/*
 * Called for each answer; a non-zero return value is the result of the request (the rest is read
 * and dropped).
 */
typedef int netlink_answer_fn(const struct nlmsghdr *answer, void *data);

/* Asks for one thing (its answer, then an acknowledgement or error). Frees `msg`. */
int netlink_get(struct netlink *nl, struct nl_msg *msg, netlink_answer_fn *fn,
		void *data) must_check;

/*
 * Asks for a list (adds NLM_F_DUMP). A dump that the kernel marks as interrupted is begun again,
 * `restart(data)` being called first so that the caller forgets what it saw; -EAGAIN when that
 * happens ten times in a row. Frees `msg`.
 */
int netlink_list(struct netlink *nl, struct nl_msg *msg, netlink_answer_fn *fn,
		 void (*restart)(void *data), void *data) must_check;

/*
 * Changes that travel in one system call and are executed in order; each is acknowledged on its
 * own.
 */
struct netlink_batch {
	struct netlink_batch_item *items;
	size_t count;
	char *failed; /* the words for the change that netlink_batch_run() failed at */
};

#define cleanup_batch cleanup_with(netlink_batch_release)

/*
 * Takes `msg`. `what` words the change for errors: "add address 10.1.2.3/24". `ignored_errno` (0:
 * none) counts as success, for example EEXIST.
 */
void netlink_batch_add(struct netlink_batch *batch, struct nl_msg *msg, int ignored_errno,
		       const char *what, ...) printf_like(4, 5);

/*
 * A question between the changes, answered as netlink_get() would; `fn` must not fail. `what` is
 * text of the program.
 */
void netlink_batch_ask(struct netlink_batch *batch, struct nl_msg *msg, netlink_answer_fn *fn,
		       void *data, const char *what);

/*
 * Runs and empties the batch. On failure the first error, with *ret_what naming its change (valid
 * until the batch is released); the kernel has executed the changes behind it too.
 */
int netlink_batch_run(struct netlink *nl, struct netlink_batch *batch,
		      const char **ret_what) must_check;
void netlink_batch_release(struct netlink_batch *batch);

/*
 * For callers with messages of their own making (nftables batches): sends the bytes as they are,
 * then reads answers until `fn` returns non-zero; that value, or -errno. Error and acknowledgement
 * messages reach `fn` too; netlink_error() reads them.
 */
int netlink_exchange(struct netlink *nl, const void *bytes, size_t size, netlink_answer_fn *fn,
		     void *data) must_check;

/*
 * An NLMSG_ERROR message: 0 for an acknowledgement, else -errno; the kernel's words go to
 * nl->reason.
 */
int netlink_error(struct netlink *nl, const struct nlmsghdr *answer);

/* The next sequence number. */
uint32_t netlink_next_seq(struct netlink *nl);

/*
 * cni_fail() for what the kernel refused with `r`, of -errno: code 100, with the kernel's own words
 * in the details. Returns `r`.
 */
int netlink_fail(const struct netlink *nl, struct cni_error *err, int r, const char *format, ...)
	printf_like(4, 5);

/* For other codes: adds the kernel's words about the last refusal to the details. */
void netlink_explain(const struct netlink *nl, struct cni_error *err);

/*
 * Opens a socket that hears the notifications of a group (RTNLGRP_*) in the current namespace. Not
 * for requests.
 */
int netlink_subscribe(struct netlink *nl, int protocol, int group) must_check;

/* The same for NETLINK_ROUTE in the namespace of another socket. */
int netlink_listen(const struct netlink *beside, struct netlink *ret, int group) must_check;

/*
 * Waits for a notification for which `is_relevant` returns 1, or that got lost because there were
 * too many: 0, -ETIMEDOUT, -EINTR after SIGTERM.
 */
int netlink_wait(struct netlink *nl, struct deadline deadline, netlink_answer_fn *is_relevant,
		 void *data) must_check;
