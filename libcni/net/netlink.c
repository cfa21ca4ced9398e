/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how a request travels to the kernel and how its answers, errors and words come back. */
#include "net/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/signals.h"
#include "net/netns.h"

/*
 * The kernel fills 32 KiB with a part of a list. A message about one link is longer where a
 * container gave that link alternative names, up to 64 KiB of them; what else is in there stays far
 * below that. From 128 KiB on malloc() would ask the kernel for each.
 */
enum { INBOX_SIZE = 96 * 1024, DUMP_TRIES = 10, MAX_ERRNO = 4095 };

static int enable_option(int fd, int option)
{
	const int on = 1;

	return setsockopt(fd, SOL_NETLINK, option, &on, sizeof(on));
}

/*
 * Connected to the kernel, a socket takes nothing from processes: those of a container could fill
 * it until the kernel's answers find no room.
 */
int netlink_open(struct netlink *nl, int protocol)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	/*
	 * Older kernels lack these; then there are no words, and filters are applied by us alone.
	 */
	(void)enable_option(fd, NETLINK_EXT_ACK);
	(void)enable_option(fd, NETLINK_CAP_ACK);
	(void)enable_option(fd, NETLINK_GET_STRICT_CHK);
	*nl = (struct netlink){ .fd = steal_fd(&fd) };
	return 0;
}

int netlink_subscribe(struct netlink *nl, int protocol, int group)
{
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };

	if (fd < 0)
		return -errno;
	/* A socket without an address of its own is taken for the sender, and hears nothing. */
	if (bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		return -errno;
	*nl = (struct netlink){ .fd = steal_fd(&fd) };
	return 0;
}

int netlink_listen(const struct netlink *beside, struct netlink *ret, int group)
{
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	int r = beside->netns ? netns_enter(&visit, *beside->netns, NULL) : 0;

	return r ?: netlink_subscribe(ret, NETLINK_ROUTE, group);
}

void netlink_shut(struct netlink *nl)
{
	close_fd(&nl->fd);
	nl->fd = -1;
}

uint32_t netlink_next_seq(struct netlink *nl)
{
	/* Zero is what the kernel's own notifications carry. */
	if (++nl->seq == 0)
		nl->seq = 1;
	return nl->seq;
}

struct nl_msg *netlink_request(int type, int flags, const void *header, size_t header_size)
{
	struct nl_msg *msg = nlmsg_alloc_size(NETLINK_REQUEST_SIZE);

	if (!msg || !nlmsg_put(msg, 0, 0, type, 0, NLM_F_REQUEST | flags) ||
	    nlmsg_append(msg, (void *)header, header_size, NLMSG_ALIGNTO) < 0)
		out_of_memory();
	return msg;
}

void netlink_put(struct nl_msg *msg, int type, const void *data, size_t size)
{
	if (nla_put(msg, type, (int)size, data) < 0)
		out_of_memory();
}

void netlink_put_text(struct nl_msg *msg, int type, const char *text)
{
	netlink_put(msg, type, text, strlen(text) + 1);
}

struct nlattr *netlink_nest(struct nl_msg *msg, int type)
{
	struct nlattr *nest = nla_nest_start(msg, type);

	if (!nest)
		out_of_memory();
	return nest;
}

/* A message larger than the send buffer is refused as a whole, so the buffer grows with it. */
static int send_bytes(struct netlink *nl, const void *bytes, size_t size)
{
	const int room = (int)size + 4096;

	for (;;) {
		if (send(nl->fd, bytes, size, 0) >= 0)
			return 0;
		if (errno == EINTR)
			continue;
		if (errno != EMSGSIZE ||
		    setsockopt(nl->fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
			return -errno;
		return send(nl->fd, bytes, size, 0) < 0 ? -errno : 0;
	}
}

/*
 * The next datagram of the kernel into INBOX_SIZE bytes: its size or -errno. What other processes
 * send us is dropped.
 */
static int receive(int fd, void *inbox, int flags)
{
	for (;;) {
		struct sockaddr_nl from = { 0 };
		socklen_t from_size = sizeof(from);
		ssize_t size = recvfrom(fd, inbox, INBOX_SIZE, flags | MSG_TRUNC,
					(struct sockaddr *)&from, &from_size);

		if (size > INBOX_SIZE && from.nl_pid == 0)
			return -EMSGSIZE;
		if (size >= 0 && from.nl_pid == 0)
			return (int)size;
		if (size < 0 && errno != EINTR)
			return -errno;
		if (size >= 0 && (flags & MSG_DONTWAIT))
			return 0; /* of a process: whoever floods us makes nobody wait for ever */
	}
}

/* Calls fn for each message of a datagram; the first non-zero result ends the walk. */
static int walk_messages(const void *bytes, int size, netlink_answer_fn *fn, void *data)
{
	const struct nlmsghdr *message = bytes;

	while (nlmsg_ok(message, size)) {
		int r = fn(message, data);

		if (r)
			return r;
		message = nlmsg_next((struct nlmsghdr *)message, &size);
	}
	return 0;
}

int netlink_exchange(struct netlink *nl, const void *bytes, size_t size, netlink_answer_fn *fn,
		     void *data)
{
	cleanup_free void *inbox = xmalloc(INBOX_SIZE);
	int r;

	nl->reason[0] = '\0';
	r = send_bytes(nl, bytes, size);
	while (r == 0) {
		r = receive(nl->fd, inbox, 0);
		if (r >= 0)
			r = walk_messages(inbox, r, fn, data);
	}
	return r;
}

/* Extended acknowledgement attributes stand behind `skip` bytes of the payload. */
static void copy_reason(struct netlink *nl, const struct nlmsghdr *answer, size_t skip)
{
	const struct nlattr *text;
	size_t size = (size_t)nlmsg_datalen(answer);

	nl->reason[0] = '\0';
	if (!(answer->nlmsg_flags & NLM_F_ACK_TLVS) || NLMSG_ALIGN(skip) >= size)
		return;
	text = nla_find((const struct nlattr *)((const char *)nlmsg_data(answer) +
						NLMSG_ALIGN(skip)),
			(int)(size - NLMSG_ALIGN(skip)), NLMSGERR_ATTR_MSG);
	if (text)
		(void)nla_strlcpy(nl->reason, text,
				  sizeof(nl->reason)); /* a cut text still helps */
}

/* The end of a dump carries a number as an error message does, without the request behind it. */
int netlink_error(struct netlink *nl, const struct nlmsghdr *answer)
{
	const struct nlmsgerr *error = nlmsg_data(answer);
	size_t skip = sizeof(int);

	if (nlmsg_datalen(answer) < (int)sizeof(int))
		return answer->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	if (error->error >= 0)
		return 0;
	if (error->error < -MAX_ERRNO)
		return -EBADMSG;
	if (answer->nlmsg_type == NLMSG_ERROR) {
		if (nlmsg_datalen(answer) < (int)sizeof(*error))
			return error->error;
		skip = sizeof(*error);
		if (!(answer->nlmsg_flags & NLM_F_CAPPED))
			skip += error->msg.nlmsg_len - sizeof(error->msg);
	}
	copy_reason(nl, answer, skip);
	return error->error;
}

/* One request that waits for its answers. */
struct request {
	struct netlink *nl;
	uint32_t seq;
	netlink_answer_fn *fn;
	void *data;
	int result;
	bool interrupted; /* the kernel says that the list changed while it was told */
};

static int request_answered(const struct nlmsghdr *answer, void *data)
{
	struct request *request = data;
	int r;

	if (answer->nlmsg_seq != request->seq)
		return 0;
	if (answer->nlmsg_flags & NLM_F_DUMP_INTR)
		request->interrupted = true;
	if (answer->nlmsg_type == NLMSG_ERROR || answer->nlmsg_type == NLMSG_DONE) {
		r = netlink_error(request->nl, answer);
		if (request->result == 0)
			request->result = r;
		return 1;
	}
	if (answer->nlmsg_type >= NLMSG_MIN_TYPE && request->result == 0 && request->fn)
		request->result = request->fn(answer, request->data);
	return 0;
}

static int request_run(struct request *request, struct nl_msg *msg, int flags)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	int r;

	request->seq = netlink_next_seq(request->nl);
	header->nlmsg_seq = request->seq;
	header->nlmsg_flags |= (uint16_t)flags;
	r = netlink_exchange(request->nl, header, header->nlmsg_len, request_answered, request);
	return r < 0 ? r : request->result;
}

int netlink_get(struct netlink *nl, struct nl_msg *msg, netlink_answer_fn *fn, void *data)
{
	struct request request = { .nl = nl, .fn = fn, .data = data };
	int r = request_run(&request, msg, NLM_F_ACK);

	nlmsg_free(msg);
	return r;
}

int netlink_call(struct netlink *nl, struct nl_msg *msg)
{
	return netlink_get(nl, msg, NULL, NULL);
}

int netlink_list(struct netlink *nl, struct nl_msg *msg, netlink_answer_fn *fn,
		 void (*restart)(void *data), void *data)
{
	int r = -EAGAIN;

	for (int i = 0; i < DUMP_TRIES; i++) {
		struct request request = { .nl = nl, .fn = fn, .data = data };

		r = request_run(&request, msg, NLM_F_DUMP);
		if (r || !request.interrupted)
			break;
		if (restart)
			restart(data);
		r = -EAGAIN;
	}
	nlmsg_free(msg);
	return r;
}

void netlink_explain(const struct netlink *nl, struct cni_error *err)
{
	if (nl->reason[0])
		cni_error_details(err, "the kernel says: %s", nl->reason);
}

int netlink_fail(const struct netlink *nl, struct cni_error *err, int r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)cni_vfail(err, CNI_ERR_LINK, -r, format, args); /* it returns r */
	va_end(args);
	netlink_explain(nl, err);
	return r;
}

int netlink_wait(struct netlink *nl, struct deadline deadline, netlink_answer_fn *is_relevant,
		 void *data)
{
	cleanup_free void *inbox = xmalloc(INBOX_SIZE);

	for (;;) {
		struct pollfd ready = { .fd = nl->fd, .events = POLLIN };
		int r = signals_heard();

		/* Where something happens all the time there is never a pause to wait in. */
		if (r == 0 && deadline_left(deadline) == 0)
			r = -ETIMEDOUT;
		if (r < 0)
			return r;
		r = receive(nl->fd, inbox, MSG_DONTWAIT);
		if (r == -ENOBUFS)
			return 0;
		if (r >= 0 && walk_messages(inbox, r, is_relevant, data))
			return 0;
		if (r >= 0)
			continue;
		if (r != -EAGAIN)
			return r;
		r = signals_poll(&ready, 1, deadline);
		if (r <= 0)
			return r < 0 ? r : -ETIMEDOUT;
	}
}
