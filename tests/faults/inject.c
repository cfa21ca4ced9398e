/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows every system call that a command and its children make, and lets one of them go wrong.
 *
 *	inject points FILE COMMAND…              runs it, writes what could go wrong to FILE
 *	inject "fail P.N NUMBER" FILE COMMAND…   system call N of process P is not made: -NUMBER
 *	inject "refuse P.N.M NUMBER" FILE …      netlink message M of it is answered with -NUMBER
 *	inject "disturb P.N 0" FILE …            the dump it receives is marked as interrupted
 *	inject "signal P.N NUMBER" FILE …        process P gets a signal before that system call
 *	inject "run P.N 0" FILE …                $INJECT_RUN is run by sh before that system call
 *
 * P counts the processes from 0. N is the number of the system call and, in the last four digits,
 * how often the process has made it: how often somebody is waited for does not shift the others.
 * Lines of `points` begin with such a text. What was done is written to FILE; it stays empty when
 * the point was not reached. The exit status is the command's, 128 + number after a signal. What
 * precedes main() does not count: it ends with the look at descriptor 0 that all our programs begin
 * with.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/faults/calls.h"

enum { PROCESSES = 64, NUMBERS = 512, PLACES = 10000, BYTES = 65536, NO_TYPE = 0x0aff };

struct process {
	pid_t pid;
	int number;
	unsigned call;		/* N of the present one */
	unsigned made[NUMBERS]; /* how often each was made */
	bool fresh;		/* the stop that its birth brings is still to come */
	bool started;		/* in main(), or not yet in a program of its own */
	bool inside;
	struct __ptrace_syscall_info entry;
	long result; /* what the system call is to return, when it was suppressed */
	bool suppressed;
};

/* What the command line asks for. */
struct wish {
	char what[16];
	int process;
	unsigned call, message;
	long number;
	bool listing, done;
	FILE *out;
};

struct tracing {
	struct wish wish;
	struct process processes[PROCESSES];
	int count;
	pid_t first;
	int status;
	/* A refused message: where its type stands, what it was, and whom its answer names. */
	uint64_t type_at;
	uint16_t type;
	uint32_t seq;
};

static void __attribute__((noreturn)) die(const char *what)
{
	perror(what);
	exit(125);
}

static struct process *find(struct tracing *t, pid_t pid)
{
	for (int i = 0; i < t->count; i++)
		if (t->processes[i].pid == pid)
			return &t->processes[i];
	if (t->count == PROCESSES)
		die("inject: more processes than it can follow");
	t->processes[t->count] = (struct process){
		.pid = pid,
		.number = t->count,
		.fresh = true,
		.started = t->count > 0,
	};
	return &t->processes[t->count++];
}

static size_t peek(const struct process *p, uint64_t at, void *into, size_t size)
{
	struct iovec local = { into, size };
	struct iovec remote = { (void *)(uintptr_t)at, size };
	ssize_t r = process_vm_readv(p->pid, &local, 1, &remote, 1, 0);

	return r < 0 ? 0 : (size_t)r;
}

static void poke(const struct process *p, uint64_t at, const void *from, size_t size)
{
	struct iovec local = { (void *)from, size };
	struct iovec remote = { (void *)(uintptr_t)at, size };

	if (process_vm_writev(p->pid, &local, 1, &remote, 1, 0) != (ssize_t)size)
		die("inject: process_vm_writev");
}

/* The number of messages in a datagram, 0 when it is none of netlink. Calls fn for each. */
typedef void message_fn(struct tracing *t, struct process *p, struct nlmsghdr *message, uint64_t at,
			unsigned number);

static unsigned each_message(struct tracing *t, struct process *p, uint64_t at, size_t size,
			     message_fn *fn)
{
	static char bytes[BYTES];
	size_t have = at && size <= BYTES ? peek(p, at, bytes, size) : 0;
	unsigned number = 0;

	for (size_t i = 0; i + sizeof(struct nlmsghdr) <= have; number++) {
		struct nlmsghdr message;

		memcpy(&message, bytes + i, sizeof(message));
		if (message.nlmsg_len < sizeof(message) || i + message.nlmsg_len > have)
			return 0;
		if (fn)
			fn(t, p, (struct nlmsghdr *)(bytes + i), at + i, number);
		i += NLMSG_ALIGN(message.nlmsg_len);
	}
	return number;
}

/* ---- before a system call */

static void list_refusals(struct tracing *t, struct process *p, struct nlmsghdr *message,
			  uint64_t at, unsigned number)
{
	(void)at;
	if (!(message->nlmsg_flags & NLM_F_REQUEST) || message->nlmsg_type <= NLMSG_MIN_TYPE + 1)
		return; /* the marks around a transaction */
	for (const int *e = refusals; *e; e++)
		(void)fprintf(t->wish.out, "refuse %d.%u.%u %d %s strict\n", p->number, p->call,
			      number, *e, strerrorname_np(*e));
}

static const struct call *look_up(uint64_t nr)
{
	for (const struct call *c = calls; c->name; c++)
		if (c->nr == (long)nr)
			return c;
	return &unknown_call;
}

static const char *judged(const struct process *p, const struct call *call)
{
	if (call->nr == SYS_write && p->entry.entry.args[0] == STDOUT_FILENO)
		return p->number ? "strict" : "mute";
	return call->kind == CALL_FATAL ? "fatal" : "strict";
}

static void list_point(struct tracing *t, struct process *p)
{
	const struct call *call = look_up(p->entry.entry.nr);
	const uint64_t *args = p->entry.entry.args;

	for (const int *e = call->errors; *e; e++)
		(void)fprintf(t->wish.out, "fail %d.%u %d %s-%s %s\n", p->number, p->call, *e,
			      call->name, strerrorname_np(*e), judged(p, call));
	if (call->nr == SYS_sendto)
		(void)each_message(t, p, args[1], args[2], list_refusals);
	if (call->nr == SYS_recvfrom && args[1])
		(void)fprintf(t->wish.out, "disturb %d.%u 0 recvfrom strict\n", p->number, p->call);
	if (call->kind == CALL_IDLE)
		return;
	(void)fprintf(t->wish.out, "signal %d.%u %d %s-KILL kill\n", p->number, p->call, SIGKILL,
		      call->name);
	(void)fprintf(t->wish.out, "signal %d.%u %d %s-TERM term\n", p->number, p->call, SIGTERM,
		      call->name);
}

static void refuse(struct tracing *t, struct process *p, struct nlmsghdr *message, uint64_t at,
		   unsigned number)
{
	const uint16_t none = NO_TYPE;

	if (number != t->wish.message)
		return;
	t->type_at = at + offsetof(struct nlmsghdr, nlmsg_type);
	t->type = message->nlmsg_type;
	t->seq = message->nlmsg_seq;
	poke(p, t->type_at, &none, sizeof(none));
}

static void set_register(const struct process *p, size_t place, long value)
{
	if (ptrace(PTRACE_POKEUSER, p->pid, place, value) < 0)
		die("inject: registers");
}

static void suppress(struct process *p, long result)
{
	set_register(p, offsetof(struct user, regs.orig_rax), -1);
	p->suppressed = true;
	p->result = result;
}

/* The process stands still meanwhile. */
static void run(void)
{
	const char *script = getenv("INJECT_RUN");

	if (!script || system(script) < 0)
		die("inject: INJECT_RUN");
}

static void do_wish(struct tracing *t, struct process *p)
{
	struct wish *wish = &t->wish;
	const uint64_t *args = p->entry.entry.args;

	wish->done = true;
	(void)fprintf(wish->out, "%s\n", look_up(p->entry.entry.nr)->name);
	(void)fflush(wish->out);
	if (strcmp(wish->what, "fail") == 0)
		/* brk() fails by telling an end below the wanted one */
		suppress(p, p->entry.entry.nr == SYS_brk ? 0 : -wish->number);
	else if (strcmp(wish->what, "refuse") == 0)
		(void)each_message(t, p, args[1], args[2], refuse);
	else if (strcmp(wish->what, "signal") == 0)
		(void)kill(p->pid, (int)wish->number);
	else if (strcmp(wish->what, "run") == 0)
		run();
}

static void enter(struct tracing *t, struct process *p)
{
	const uint64_t *args = p->entry.entry.args;

	if (!p->started) {
		p->started = p->entry.entry.nr == SYS_fcntl && args[0] == STDIN_FILENO;
		return;
	}
	p->call = (unsigned)p->entry.entry.nr * PLACES + ++p->made[p->entry.entry.nr % NUMBERS];
	if (t->wish.listing)
		list_point(t, p);
	else if (t->wish.process == p->number && t->wish.call == p->call)
		do_wish(t, p);
}

/* ---- after it */

static void answer(struct tracing *t, struct process *p, struct nlmsghdr *message, uint64_t at,
		   unsigned number)
{
	int error;
	uint16_t flags = message->nlmsg_flags | NLM_F_DUMP_INTR;

	(void)number;
	if (strcmp(t->wish.what, "disturb") == 0 && message->nlmsg_flags & NLM_F_MULTI)
		poke(p, at + offsetof(struct nlmsghdr, nlmsg_flags), &flags, sizeof(flags));
	memcpy(&error, NLMSG_DATA(message), sizeof(error));
	if (strcmp(t->wish.what, "refuse") != 0 || message->nlmsg_type != NLMSG_ERROR ||
	    message->nlmsg_seq != t->seq || error >= 0)
		return;
	error = (int)-t->wish.number;
	poke(p, at + NLMSG_HDRLEN, &error, sizeof(error));
}

static void leave(struct tracing *t, struct process *p, const struct __ptrace_syscall_info *info)
{
	const uint64_t *args = p->entry.entry.args;

	if (p->suppressed)
		set_register(p, offsetof(struct user, regs.rax), p->result);
	p->suppressed = false;
	if (t->type_at && p->number == t->wish.process && p->entry.entry.nr == SYS_sendto) {
		poke(p, t->type_at, &t->type, sizeof(t->type));
		t->type_at = 0;
	}
	if (t->wish.done && p->number == t->wish.process && p->entry.entry.nr == SYS_recvfrom &&
	    info->exit.rval > 0 && (t->seq || t->wish.call == p->call))
		(void)each_message(t, p, args[1], (size_t)info->exit.rval, answer);
}

static void system_call(struct tracing *t, struct process *p)
{
	struct __ptrace_syscall_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, sizeof(info), &info) <= 0)
		return; /* killed meanwhile */
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		p->entry = info;
		enter(t, p);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		leave(t, p, &info);
	}
}

/* ---- the processes */

/* The signal to go on with. */
static int stopped(struct tracing *t, struct process *p, int status)
{
	int sig = WSTOPSIG(status);
	int event = status >> 16;
	unsigned long child;

	if (sig == (SIGTRAP | 0x80)) {
		system_call(t, p);
		return 0;
	}
	if (event == PTRACE_EVENT_EXEC)
		p->started = false;
	else if (event && ptrace(PTRACE_GETEVENTMSG, p->pid, NULL, &child) == 0)
		(void)find(t, (pid_t)child);
	if (event)
		return 0;
	if (sig == SIGSTOP && p->fresh) {
		p->fresh = false;
		return 0;
	}
	return sig;
}

static void watch(struct tracing *t)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		struct process *p = find(t, pid);
		int sig;

		if (!WIFSTOPPED(status)) {
			if (pid == t->first)
				t->status = WIFEXITED(status) ? WEXITSTATUS(status)
							      : 128 + WTERMSIG(status);
			p->pid = -1; /* the number may come again */
			continue;
		}
		sig = stopped(t, p, status);
		(void)ptrace(PTRACE_SYSCALL, pid, NULL, (long)sig); /* it may have been killed */
	}
}

static void start(struct tracing *t, char **command)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	int status;

	t->first = fork();
	if (t->first < 0)
		die("inject: fork");
	if (t->first == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)raise(SIGSTOP);
		(void)execvp(command[0], command);
		die(command[0]);
	}
	find(t, t->first)->fresh = false;
	if (waitpid(t->first, &status, 0) < 0 ||
	    ptrace(PTRACE_SETOPTIONS, t->first, NULL, options) < 0 ||
	    ptrace(PTRACE_SYSCALL, t->first, NULL, 0L) < 0)
		die("inject: ptrace");
}

static bool read_wish(const char *text, struct wish *ret)
{
	if (strcmp(text, "points") == 0) {
		ret->listing = true;
		return true;
	}
	return sscanf(text, "%15s %d.%u.%u %ld", ret->what, &ret->process, &ret->call,
		      &ret->message, &ret->number) == 5 ||
	       sscanf(text, "%15s %d.%u %ld", ret->what, &ret->process, &ret->call, &ret->number) ==
		       4;
}

int main(int argc, char **argv)
{
	static struct tracing t = { 0 };

	if (argc < 4 || !read_wish(argv[1], &t.wish)) {
		(void)fputs("usage: inject points|\"WHAT P.N[.M] NUMBER\" FILE COMMAND…\n", stderr);
		return 125;
	}
	t.wish.out = fopen(argv[2], "we");
	if (!t.wish.out)
		die(argv[2]);
	start(&t, argv + 3);
	watch(&t);
	return fclose(t.wish.out) == 0 ? t.status : 125;
}
