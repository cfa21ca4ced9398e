/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests, one a line, fields separated by tabs; each is answered by one line.
 *
 *	run N INTERVAL		the N lines that follow, one every INTERVAL us, 0: all at once
 *		HOST INPUT OUTPUT PROGRAM VARIABLE=VALUE…
 *				in the namespace HOST, with these files as stdin and stdout
 *	-> WALL USER SYSTEM RSS STATUS…
 *				microseconds from first start to last end; CPU time of all, peak KiB
 *
 *	floor VERB KIND FAMILIES MASQUERADE PORTS FIREWALL HOST CONTAINER SOCKET
 *				the bare requests of an ADD or DEL, see floor.h
 *	-> MICROSECONDS
 *
 *	fill HOST COUNT		masquerades the addresses of so many attachments of other pods
 *	-> COUNT
 *
 *	listen NETNS		a process there takes all connections until we end
 *	-> 0
 *	connect NETNS ADDRESS MILLISECONDS
 *	stream NETNS ADDRESS MILLISECONDS
 *	-> connections, or megabytes, a second
 */
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "base/alloc.h"
#include "base/text.h"
#include "datapath.h"
#include "floor.h"
#include "net/netns.h"
#include "nft/masquerade.h"

enum { FIELDS_MAX = 32, RUNS_MAX = 1024 };

struct fields {
	char *line;
	char *items[FIELDS_MAX + 1]; /* into `line`, NULL behind the last */
	size_t count;
};

static void fields_release(struct fields *fields)
{
	free(fields->line);
}

#define cleanup_fields cleanup_with(fields_release)

/* One command to run, everything open that it needs. */
struct run {
	struct fields fields;
	int host, input, output;
	pid_t pid;
	int status;
};

enum { HOST, INPUT, OUTPUT, PROGRAM, VARIABLES };

struct runs {
	struct run *items;
	size_t count;
};

static void runs_release(struct runs *runs)
{
	for (size_t i = 0; i < runs->count; i++) {
		close_fd(&runs->items[i].host);
		close_fd(&runs->items[i].input);
		close_fd(&runs->items[i].output);
		fields_release(&runs->items[i].fields);
	}
	free(runs->items);
}

static int read_fields(FILE *in, struct fields *ret)
{
	struct fields fields = { 0 };
	size_t room = 0;
	ssize_t size = getline(&fields.line, &room, in);
	char *rest = fields.line;

	if (size <= 0) {
		free(fields.line);
		return 0;
	}
	if (fields.line[size - 1] == '\n')
		fields.line[size - 1] = '\0';
	while (rest && fields.count < FIELDS_MAX)
		fields.items[fields.count++] = strsep(&rest, "\t");
	*ret = fields;
	return 1;
}

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int open_run(FILE *in, struct run *run)
{
	*run = (struct run){ .host = -1, .input = -1, .output = -1 };
	if (read_fields(in, &run->fields) <= 0 || run->fields.count <= PROGRAM)
		return -EINVAL;
	run->host = open(run->fields.items[HOST], O_RDONLY | O_CLOEXEC);
	run->input = open(run->fields.items[INPUT], O_RDONLY | O_CLOEXEC);
	run->output = open(run->fields.items[OUTPUT], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			   0600);
	return run->host < 0 || run->input < 0 || run->output < 0 ? -errno : 0;
}

/* Its errors go where ours go. */
static int start(struct run *run)
{
	char *const argv[] = { run->fields.items[PROGRAM], NULL };
	posix_spawn_file_actions_t actions;
	int r;

	if (posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, run->input, STDIN_FILENO) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, run->output, STDOUT_FILENO) != 0)
		out_of_memory();
	r = posix_spawn(&run->pid, argv[0], &actions, NULL, argv, run->fields.items + VARIABLES);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

static int64_t microseconds(const struct timeval *time)
{
	return (int64_t)time->tv_sec * 1000000 + time->tv_usec;
}

static void take_end(struct runs *runs, pid_t pid, int status)
{
	for (size_t i = 0; i < runs->count; i++)
		if (runs->items[i].pid == pid)
			runs->items[i].status = WIFEXITED(status) ? WEXITSTATUS(status)
								  : 128 + WTERMSIG(status);
}

static void wait_for(int64_t ns)
{
	const struct timespec time = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
		;
}

static int measure(struct runs *runs, int64_t interval_ns, FILE *out)
{
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	int64_t begin, end, user = 0, system = 0;
	long rss = 0;
	int r = netns_enter(&visit, runs->items[0].host, NULL);

	begin = now_ns();
	for (size_t i = 0; i < runs->count && r == 0; i++) {
		if (interval_ns)
			wait_for(begin + (int64_t)i * interval_ns);
		r = start(&runs->items[i]);
	}
	for (size_t i = 0; i < runs->count && r == 0; i++) {
		struct rusage usage;
		int status = 0;
		pid_t pid = wait4(-1, &status, 0, &usage);

		take_end(runs, pid, status);
		user += microseconds(&usage.ru_utime);
		system += microseconds(&usage.ru_stime);
		rss = usage.ru_maxrss > rss ? usage.ru_maxrss : rss;
	}
	end = now_ns();
	if (r < 0)
		return r;
	(void)fprintf(out, "%.1f %.1f %.1f %ld", (double)(end - begin) / 1000, (double)user,
		      (double)system, rss);
	for (size_t i = 0; i < runs->count; i++)
		(void)fprintf(out, " %d", runs->items[i].status);
	(void)fprintf(out, "\n");
	return 0;
}

static int answer_run(const struct fields *request, FILE *in, FILE *out)
{
	cleanup_with(runs_release) struct runs runs = { 0 };
	long count = request->count == 3 ? strtol(request->items[1], NULL, 10) : 0;

	if (count < 1 || count > RUNS_MAX)
		return -EINVAL;
	runs.items = xcalloc((size_t)count, sizeof(*runs.items));
	while (runs.count < (size_t)count) {
		int r = open_run(in, &runs.items[runs.count++]);

		if (r < 0)
			return r;
	}
	return measure(&runs, strtoll(request->items[2], NULL, 10) * 1000, out);
}

static enum floor_kind kind_of(const char *text)
{
	static const struct {
		const char *name;
		enum floor_kind kind;
	} kinds[] = {
		{ "bridge", FLOOR_BRIDGE },   { "ptp", FLOOR_PTP }, { "loopback", FLOOR_LOOPBACK },
		{ "macvlan", FLOOR_MACVLAN }, { "tap", FLOOR_TAP }, { "device", FLOOR_DEVICE },
		{ "sbr", FLOOR_SBR },	      { "ovs", FLOOR_OVS },
	};

	for (size_t i = 0; i < array_size(kinds); i++)
		if (text_equal(text, kinds[i].name))
			return kinds[i].kind;
	return FLOOR_NO_LINK;
}

static int answer_floor(const struct fields *request, struct floors *floors, FILE *out)
{
	struct floor_spec spec = { 0 };
	int64_t begin;
	int r;

	if (request->count != 10)
		return -EINVAL;
	spec.kind = kind_of(request->items[2]);
	spec.ipv4 = strchr(request->items[3], '4');
	spec.ipv6 = strchr(request->items[3], '6');
	spec.masquerade = text_equal(request->items[4], "yes");
	spec.ports = (uint16_t)strtoul(request->items[5], NULL, 10);
	spec.firewall = text_equal(request->items[6], "yes");
	spec.socket = request->items[9];
	r = floors_open(floors, request->items[7], request->items[8]);
	if (r == 0)
		r = floors_connect(floors, &spec);
	if (r < 0)
		return r;
	begin = now_ns();
	if (text_equal(request->items[1], "ADD"))
		r = floor_add(floors, &spec);
	else
		r = floor_del(floors, &spec);
	(void)fprintf(out, "%.1f\n", (double)(now_ns() - begin) / 1000);
	return r;
}

static int fill_one(struct netlink *nft, uint32_t number)
{
	struct prefix addresses[] = {
		{ { AF_INET, { 10, 99, (uint8_t)(number >> 8), (uint8_t)number } }, 16 },
		{ { AF_INET6, { 0xfd, 0, 0, 0x99, [14] = number >> 8, [15] = number & 0xff } },
		  64 },
	};
	struct owned_entry entries[] = { masquerade_entry(&addresses[0]),
					 masquerade_entry(&addresses[1]) };
	const struct owned_wish wish = { .table = &masquerade_table,
					 .entries = { entries, array_size(entries) } };
	char owner[32];

	(void)snprintf(owner, sizeof(owner), "fill/other%u/eth0", number); /* fits */
	return owned_set(nft, owner, &wish, 1, NULL);
}

static int answer_fill(const struct fields *request, FILE *out)
{
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	cleanup_close int host = -1;
	cleanup_netlink struct netlink nft = NETLINK_CLOSED;
	uint32_t count;
	int r;

	if (request->count != 3)
		return -EINVAL;
	count = (uint32_t)strtoul(request->items[2], NULL, 10);
	host = netns_open(request->items[1], NULL);
	r = host < 0 ? host : netns_enter(&visit, host, NULL);
	if (r == 0)
		r = netlink_open(&nft, NETLINK_NETFILTER);
	/* from .64.0 on, far from where leases begin */
	for (uint32_t i = 0; i < count && r == 0; i++)
		r = fill_one(&nft, 0x4000 + i);
	(void)fprintf(out, "%u\n", count);
	return r;
}

static int answer_listen(const struct fields *request, FILE *out)
{
	int r = request->count == 2 ? datapath_listen(request->items[1]) : -EINVAL;

	(void)fprintf(out, "0\n");
	return r;
}

static int answer_traffic(const struct fields *request, FILE *out)
{
	double rate = 0;
	int ms;
	int r;

	if (request->count != 4)
		return -EINVAL;
	ms = (int)strtol(request->items[3], NULL, 10);
	if (text_equal(request->items[0], "connect"))
		r = datapath_connect(request->items[1], request->items[2], ms, &rate);
	else
		r = datapath_stream(request->items[1], request->items[2], ms, &rate);
	(void)fprintf(out, "%.1f\n", rate);
	return r;
}

static int answer(const struct fields *request, struct floors *floors, FILE *in, FILE *out)
{
	const char *what = request->items[0];

	if (text_equal(what, "run"))
		return answer_run(request, in, out);
	if (text_equal(what, "floor"))
		return answer_floor(request, floors, out);
	if (text_equal(what, "fill"))
		return answer_fill(request, out);
	if (text_equal(what, "listen"))
		return answer_listen(request, out);
	if (text_equal(what, "connect") || text_equal(what, "stream"))
		return answer_traffic(request, out);
	return -EINVAL;
}

int serve(FILE *in, FILE *out)
{
	cleanup_floors struct floors floors = FLOORS_CLOSED;

	for (;;) {
		cleanup_fields struct fields request = { 0 };
		int r = read_fields(in, &request);

		if (r <= 0)
			return r;
		r = answer(&request, &floors, in, out);
		if (r < 0) {
			cleanup_free char *reason = error_text(-r);

			(void)fprintf(stderr, "bench: %s: %s\n", request.items[0], reason);
			return r;
		}
		(void)fflush(out); /* the reader notices when it is gone */
	}
}
