/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How system calls fail. One that is not listed here fails with EIO. */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>

enum call_kind {
	CALL_PLAIN,
	CALL_FATAL, /* its failing may end the program on the spot */
	CALL_IDLE,  /* changes nothing, so a signal may as well come before the next one */
};

struct call {
	const char *name;
	long nr;
	int errors[8]; /* 0 at the end */
	enum call_kind kind;
};

/* What the kernel answers to a message of netlink. */
static const int refusals[] = { EBUSY, ENOMEM, EPERM, 0 };

static const struct call unknown_call = { "call", -1, { EIO }, CALL_PLAIN };

static const struct call calls[] = {
	/* those that cannot fail for valid arguments, or whose failing tells nothing */
	{ "close", SYS_close, { 0 }, CALL_PLAIN },
	{ "close_range", SYS_close_range, { 0 }, CALL_PLAIN },
	{ "munmap", SYS_munmap, { 0 }, CALL_IDLE },
	{ "exit", SYS_exit_group, { 0 }, CALL_PLAIN },
	{ "sigprocmask", SYS_rt_sigprocmask, { 0 }, CALL_IDLE },
	{ "sigaction", SYS_rt_sigaction, { 0 }, CALL_IDLE },
	{ "uname", SYS_uname, { 0 }, CALL_IDLE },
	{ "prlimit", SYS_prlimit64, { 0 }, CALL_IDLE },
	{ "getrandom", SYS_getrandom, { 0 }, CALL_IDLE },
	{ "getpid", SYS_getpid, { 0 }, CALL_IDLE },
	{ "lseek", SYS_lseek, { 0 }, CALL_IDLE },
	{ "mprotect", SYS_mprotect, { 0 }, CALL_IDLE },
	{ "clock_gettime", SYS_clock_gettime, { 0 }, CALL_IDLE },
	{ "restart", SYS_restart_syscall, { 0 }, CALL_PLAIN },
	{ "kill", SYS_kill, { 0 }, CALL_PLAIN },
	/* memory */
	{ "mmap", SYS_mmap, { ENOMEM }, CALL_FATAL },
	{ "brk", SYS_brk, { ENOMEM }, CALL_FATAL },
	{ "mremap", SYS_mremap, { ENOMEM }, CALL_FATAL },
	/* files */
	{ "openat", SYS_openat, { EMFILE, EIO, ENOSPC, EROFS, EINTR, ENOMEM }, CALL_PLAIN },
	{ "read", SYS_read, { EIO, EINTR }, CALL_PLAIN },
	{ "pread64", SYS_pread64, { EIO, EINTR }, CALL_PLAIN },
	{ "write", SYS_write, { ENOSPC, EIO, EDQUOT, EINTR }, CALL_PLAIN },
	{ "pwrite64", SYS_pwrite64, { ENOSPC, EIO, EDQUOT, EINTR }, CALL_PLAIN },
	{ "linkat", SYS_linkat, { ENOSPC, EIO, EROFS, EDQUOT }, CALL_PLAIN },
	{ "unlinkat", SYS_unlinkat, { EIO, EROFS, EBUSY }, CALL_PLAIN },
	{ "renameat2", SYS_renameat2, { ENOSPC, EIO, EROFS }, CALL_PLAIN },
	{ "renameat", SYS_renameat, { ENOSPC, EIO, EROFS }, CALL_PLAIN },
	{ "mkdirat", SYS_mkdirat, { ENOSPC, EROFS, EDQUOT }, CALL_PLAIN },
	{ "mkdir", SYS_mkdir, { ENOSPC, EROFS, EDQUOT }, CALL_PLAIN },
	{ "ftruncate", SYS_ftruncate, { ENOSPC, EIO, EINTR }, CALL_PLAIN },
	{ "flock", SYS_flock, { ENOLCK, EINTR }, CALL_PLAIN },
	{ "fcntl", SYS_fcntl, { ENOLCK, EINTR }, CALL_PLAIN },
	{ "fstatat", SYS_newfstatat, { EIO, ENOMEM }, CALL_PLAIN },
	{ "getdents64", SYS_getdents64, { EIO }, CALL_PLAIN },
	/* the network */
	{ "socket", SYS_socket, { EMFILE, ENOBUFS, EPERM }, CALL_PLAIN },
	{ "setsockopt", SYS_setsockopt, { ENOPROTOOPT }, CALL_PLAIN },
	{ "sendto", SYS_sendto, { ENOBUFS, EINTR, ENOMEM }, CALL_PLAIN },
	{ "recvfrom", SYS_recvfrom, { ENOBUFS, EINTR, ENOMEM }, CALL_PLAIN },
	{ "setns", SYS_setns, { EPERM, ENOMEM }, CALL_PLAIN },
	/* processes */
	{ "memfd_create", SYS_memfd_create, { EMFILE, ENOMEM }, CALL_PLAIN },
	{ "pipe2", SYS_pipe2, { EMFILE, ENFILE }, CALL_PLAIN },
	{ "clone3", SYS_clone3, { EAGAIN, ENOMEM }, CALL_PLAIN },
	{ "clone", SYS_clone, { EAGAIN, ENOMEM }, CALL_PLAIN },
	{ "vfork", SYS_vfork, { EAGAIN, ENOMEM }, CALL_PLAIN },
	{ "execve", SYS_execve, { ENOMEM, EACCES, ETXTBSY }, CALL_PLAIN },
	{ "dup2", SYS_dup2, { EMFILE }, CALL_PLAIN },
	{ "pidfd_open", SYS_pidfd_open, { EMFILE, ENOSYS }, CALL_PLAIN },
	{ "signalfd4", SYS_signalfd4, { EMFILE, ENOMEM }, CALL_PLAIN },
	{ "poll", SYS_poll, { EINTR, ENOMEM }, CALL_PLAIN },
	{ "wait4", SYS_wait4, { EINTR }, CALL_PLAIN },
	{ NULL, 0, { 0 }, CALL_PLAIN },
};
