/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the name servers of a container answer it: those that its ADD was told, and those in
 * /etc/resolv.conf of a container with a root of its own. All are asked at the same time, each from
 * inside its namespace.
 */
#include <errno.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/signals.h"
#include "exam.h"
#include "inhabitant.h"
#include "net/netns.h"

enum {
	DNS_PORT = 53,
	ANSWER_MS = 1000,
	AT_ONCE = 64,	    /* of what one batch waits for */
	BATCHES = 8,	    /* in a look: beyond that nobody is asked */
	SERVERS_MAX = 3,    /* of a container, as the C library reads them */
	UNANSWERED_MAX = 4, /* files of a network for which we wait in vain */
	HEADER_SIZE = 12,
	IS_ANSWER = 0x80,
};

struct asked_server {
	const struct space *space;
	struct addr addr;
	const char *from; /* where it is written */
	int fd;
	uint8_t id[2];
	bool is_silent;
};

static void note(const struct exam *exam, const struct addr *addr, const char *from)
{
	struct network *network = exam->network;
	struct asked_server server = {
		.space = exam->space, .addr = *addr, .from = from, .fd = -1
	};

	if (network->server_count >= (size_t)AT_ONCE * BATCHES)
		return;
	for (size_t i = network->server_count; i > 0; i--) {
		if (network->servers[i - 1].space != exam->space)
			break;
		if (addr_equal(&network->servers[i - 1].addr, addr))
			return;
	}
	network->servers = xgrow(network->servers, network->server_count, sizeof(server));
	network->servers[network->server_count++] = server;
}

/* ---- what the container reads */

static void note_file(const struct exam *exam)
{
	cleanup_free char *text = xcalloc(1, INHABITANT_FILE_SIZE);
	char *rest = text;
	char *line;
	unsigned count = 0;
	int r;

	if (!exam->space->process || exam->network->unanswered_files >= UNANSWERED_MAX)
		return;
	r = inhabitant_read(exam->space->process, "etc/resolv.conf", text);
	exam->network->unanswered_files += r == -ETIMEDOUT;
	if (r < 0)
		return;
	while (count < SERVERS_MAX && (line = strsep(&rest, "\n"))) {
		char *word = strsep(&line, " \t");
		struct addr addr;

		if (!text_equal(word, "nameserver") || !line)
			continue;
		line += strspn(line, " \t");
		line[strcspn(line, " \t\r")] = '\0';
		count++;
		if (addr_parse(line, &addr) == 0)
			note(exam, &addr, "the container's /etc/resolv.conf");
	}
}

void exam_dns_note(const struct exam *exam)
{
	const struct dns *dns = &exam->result->dns;
	struct addr addr;

	if (exam->network->tool->is_brief || exam->network->is_host_faulty || !exam->space->path)
		return;
	for (size_t i = 0; i < dns->nameservers.count && i < SERVERS_MAX; i++)
		if (addr_parse(dns->nameservers.items[i], &addr) == 0)
			note(exam, &addr, "what its ADD was told");
	note_file(exam);
}

/* ---- the question */

static int connect_to(const struct addr *addr)
{
	cleanup_close int fd = socket(addr->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in to4 = { .sin_family = AF_INET, .sin_port = htons(DNS_PORT) };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6, .sin6_port = htons(DNS_PORT) };
	const struct sockaddr *to = addr->family == AF_INET ? (const struct sockaddr *)&to4
							    : (const struct sockaddr *)&to6;

	memcpy(&to4.sin_addr, addr->bytes, sizeof(to4.sin_addr));
	memcpy(&to6.sin6_addr, addr->bytes, sizeof(to6.sin6_addr));
	if (fd < 0 || connect(fd, to, addr->family == AF_INET ? sizeof(to4) : sizeof(to6)) < 0)
		return -1;
	return steal_fd(&fd);
}

/* Who serves the root: every name server says something to that. */
static void ask(struct asked_server *server)
{
	uint8_t question[HEADER_SIZE + 5] = {
		[2] = 0x01 /* RD */,
		[5] = 1 /* one question */,
		[HEADER_SIZE + 2] = 2 /* NS */,
		[HEADER_SIZE + 4] = 1 /* IN */
	};
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	cleanup_error struct cni_error ignored = { 0 };
	cleanup_close int netns = netns_open(server->space->path, &ignored);

	if (netns < 0 || netns_enter(&visit, netns, &ignored) < 0)
		return; /* it is gone, which is no fault of its name server */
	server->is_silent = true;
	if (getrandom(server->id, sizeof(server->id), 0) < 0)
		memset(server->id, 1, sizeof(server->id));
	memcpy(question, server->id, sizeof(server->id));
	server->fd = connect_to(&server->addr);
	if (server->fd >= 0 && send(server->fd, question, sizeof(question), 0) < 0) {
		close_fd(&server->fd); /* unreachable, says the kernel */
		server->fd = -1;
	}
}

/* Whatever it is, an error of the kernel ends the waiting as well. */
static void hear(struct asked_server *server)
{
	uint8_t answer[512];
	ssize_t size = recv(server->fd, answer, sizeof(answer), 0);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (size >= HEADER_SIZE) {
		if (memcmp(answer, server->id, sizeof(server->id)) != 0 || !(answer[2] & IS_ANSWER))
			return;
		server->is_silent = false;
	}
	close_fd(&server->fd);
	server->fd = -1;
}

static int wait_for(struct asked_server *servers, size_t count)
{
	struct deadline deadline = deadline_in(ANSWER_MS);

	/* One that never stops to send is always ready. */
	while (deadline_left(deadline) > 0) {
		struct pollfd fds[AT_ONCE];
		bool is_waiting = false;
		int r;

		for (size_t i = 0; i < count; i++) {
			fds[i] = (struct pollfd){ .fd = servers[i].fd, .events = POLLIN };
			is_waiting |= servers[i].fd >= 0;
		}
		r = is_waiting ? signals_poll(fds, count, deadline) : 0;
		if (r <= 0)
			return r;
		for (size_t i = 0; i < count; i++)
			if (fds[i].revents)
				hear(&servers[i]);
	}
	return 0;
}

static void complain(struct network *network, const struct asked_server *server)
{
	char text[ADDR_TEXT];

	(void)addr_print(&server->addr, text);
	finding_advise(
		findings_add(network->findings, DNS_UNREACHABLE, xstrdup(""),
			     "the name server %s does not answer %s", text, server->space->name),
		xasprintf("it stands in %s: see whether it runs, and whether it answers the host "
			  "or another container; if it is another one now, put that there",
			  server->from));
}

void exam_dns(struct network *network)
{
	for (size_t i = 0; i < network->server_count; i += AT_ONCE) {
		struct asked_server *servers = &network->servers[i];
		size_t left = network->server_count - i;
		size_t count = left < AT_ONCE ? left : AT_ONCE;
		int r;

		for (size_t j = 0; j < count; j++)
			ask(&servers[j]);
		r = wait_for(servers, count);
		for (size_t j = 0; j < count; j++) {
			close_fd(&servers[j].fd);
			if (r == 0 && servers[j].is_silent)
				complain(network, &servers[j]);
		}
		if (r < 0)
			return; /* somebody wants us to end */
	}
}
