/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a command is watched: as a debugger would, with its counters of instructions and faults
 * beside.
 */
#include "count.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

enum {
	SYSTEM_CALL_STOP = SIGTRAP | 0x80, /* PTRACE_O_TRACESYSGOOD */
	PIECES_MAX = 64,		   /* of one sendmsg() */
	OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		  PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL,
};

/* The number behind "Name:" in /proc/PID/status, 0 when there is none. */
static long read_status(pid_t pid, const char *name)
{
	cleanup_text struct text text = { 0 };
	const char *line;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid); /* fits */
	if (file_read_at(AT_FDCWD, path, &text) < 0 || !text.s)
		return 0;
	line = strstr(text.s, name);
	return line ? strtol(line + strlen(name), NULL, 10) : 0;
}

static bool is_netlink(pid_t pid, int fd)
{
	cleanup_close int process = (int)syscall(SYS_pidfd_open, read_status(pid, "\nTgid:"), 0);
	cleanup_close int copy = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, fd, 0);
	int domain = 0;
	socklen_t size = sizeof(domain);

	return copy >= 0 && getsockopt(copy, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
	       domain == AF_NETLINK;
}

static bool read_memory(pid_t pid, uint64_t from, void *to, size_t size)
{
	const struct iovec local = { .iov_base = to, .iov_len = size };
	const struct iovec remote = { .iov_base = (void *)(uintptr_t)from, .iov_len = size };

	return process_vm_readv(pid, &local, 1, &remote, 1, 0) == (ssize_t)size;
}

/*
 * NFNL_MSG_BATCH_BEGIN with its generation has the number of RTM_NEWLINK, which has a longer
 * header.
 */
static bool is_batch_begin(const struct nlmsghdr *header)
{
	return header->nlmsg_type == NLMSG_MIN_TYPE &&
	       header->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifinfomsg));
}

static void count_messages(pid_t pid, uint64_t from, uint64_t size, struct count *count)
{
	struct nlmsghdr header;

	for (uint64_t at = 0; at + sizeof(header) <= size; at += NLMSG_ALIGN(header.nlmsg_len)) {
		if (!read_memory(pid, from + at, &header, sizeof(header)) ||
		    header.nlmsg_len < sizeof(header))
			break;
		count->netlink_messages++;
		count->transactions += is_batch_begin(&header);
	}
}

static void count_pieces(pid_t pid, uint64_t from, struct count *count)
{
	struct iovec pieces[PIECES_MAX];
	struct msghdr message;

	if (!read_memory(pid, from, &message, sizeof(message)) || message.msg_iovlen > PIECES_MAX ||
	    !read_memory(pid, (uintptr_t)message.msg_iov, pieces,
			 message.msg_iovlen * sizeof(*pieces)))
		return;
	for (size_t i = 0; i < (size_t)message.msg_iovlen; i++) /* an int in musl */
		count_messages(pid, (uintptr_t)pieces[i].iov_base, pieces[i].iov_len, count);
}

static void count_call(pid_t pid, struct count *count)
{
	struct __ptrace_syscall_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	count->system_calls++;
	if (info.entry.nr != SYS_sendto && info.entry.nr != SYS_sendmsg)
		return;
	if (!is_netlink(pid, (int)info.entry.args[0]))
		return;
	if (info.entry.nr == SYS_sendto)
		count_messages(pid, info.entry.args[1], info.entry.args[2], count);
	else
		count_pieces(pid, info.entry.args[1], count);
}

/*
 * A counter for each program; the kernel takes inherited ones away when a program starts with fewer
 * privileges.
 */
struct watch {
	struct count count;
	int *counters;
	size_t programs;
};

static void watch_release(struct watch *watch)
{
	for (size_t i = 0; i < watch->programs; i++)
		close_fd(&watch->counters[i]);
	free(watch->counters);
}

static void count_instructions(struct watch *watch, pid_t pid)
{
	struct perf_event_attr attributes = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attributes),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.inherit = 1,
		.inherit_thread = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attributes, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);

	watch->counters = xgrow(watch->counters, watch->programs, sizeof(*watch->counters));
	watch->counters[watch->programs++] = fd;
}

static long long sum_instructions(const struct watch *watch)
{
	long long sum = 0;

	for (size_t i = 0; i < watch->programs; i++) {
		uint64_t value = 0;

		if (watch->counters[i] < 0 ||
		    read(watch->counters[i], &value, sizeof(value)) != sizeof(value))
			return -1;
		sum += (long long)value;
	}
	return sum;
}

/* Returns the signal to deliver. */
static int take_stop(pid_t pid, int status, struct watch *watch)
{
	const int signal = WSTOPSIG(status);
	const int event = status >> 16;
	long rss;

	if (signal == SYSTEM_CALL_STOP) {
		count_call(pid, &watch->count);
		return 0;
	}
	if (event == PTRACE_EVENT_EXEC)
		count_instructions(watch, pid);
	if (event == PTRACE_EVENT_EXIT) {
		rss = read_status(pid, "\nVmHWM:");
		if (rss > watch->count.peak_rss_kb)
			watch->count.peak_rss_kb = rss;
	}
	/* New processes and threads begin with a SIGSTOP that is not theirs to see. */
	return event || signal == SIGSTOP || signal == SIGTRAP ? 0 : signal;
}

static int follow(pid_t first, struct watch *watch)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0)
			return errno == ECHILD ? 0 : -errno;
		if (WIFSTOPPED(status)) {
			int signal = take_stop(pid, status, watch);

			(void)ptrace(PTRACE_SYSCALL, pid, 0, signal); /* it may be gone */
			continue;
		}
		if (pid == first)
			watch->count.status = WIFEXITED(status) ? WEXITSTATUS(status)
								: 128 + WTERMSIG(status);
	}
}

static _Noreturn void become(char *const command[])
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null >= 0 && dup2(null, STDOUT_FILENO) == STDOUT_FILENO &&
	    ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 && raise(SIGSTOP) == 0)
		(void)execvp(command[0], command); /* returns on failure only */
	_exit(127);
}

int count_command(char *const command[], struct count *ret)
{
	cleanup_with(watch_release) struct watch watch = { 0 };
	struct rusage usage;
	int status;
	pid_t pid = fork();
	int r;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		become(command);
	if (waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, 0, OPTIONS) < 0)
		return -EPERM;
	if (ptrace(PTRACE_SYSCALL, pid, 0, 0) < 0)
		return -errno;
	r = follow(pid, &watch);
	if (r < 0)
		return r;
	if (watch.programs == 0)
		return -ENOENT;
	(void)getrusage(RUSAGE_CHILDREN, &usage); /* cannot fail */
	watch.count.execs = (long)watch.programs;
	watch.count.page_faults = usage.ru_minflt + usage.ru_majflt;
	watch.count.instructions = sum_instructions(&watch);
	*ret = watch.count;
	return 0;
}
