/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces: open by path, recognise, visit. The only place that calls setns(). */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"

/* What tells one living namespace from another. */
struct netns_id {
	dev_t device;
	ino_t inode;
};

/*
 * Opens the namespace at `path`: a descriptor, or -errno with code 999 and the reference's words
 * (`failed to open netns "<path>": failed to Statfs "<path>": no such file or directory`, `…
 * unknown FS magic on "<path>": ef53`). -ENOENT means that the path does not exist, which DEL
 * forgives. Never blocks, whatever the path is. A namespace of another kind is refused.
 */
int netns_open(const char *path, struct cni_error *err) must_check;

/* Identity of an open namespace, or of the process's own (fd -1). */
int netns_identify(int fd, struct netns_id *ret) must_check;

/* True when `fd` is the namespace this process is in; or that of another descriptor. */
bool netns_is_own(int fd);
bool netns_is_same(int fd, int other);

/* The same for a path, without opening it; false when there is nothing to look at. */
bool netns_path_is_own(const char *path);

/* A new namespace that nobody else is in: a descriptor, with which it ends; -errno. */
int netns_make(void) must_check;

/*
 * Gives a namespace a path, a file that is made, with which it lives on when nobody has it open;
 * and takes that away. 0 also when there is none.
 */
int netns_pin(int fd, const char *path) must_check;
int netns_unpin(const char *path) must_check;

/* The process's own, as a descriptor; -errno. */
int netns_open_own(void) must_check;

/* A stay in another namespace; leaving is automatic. */
struct netns_visit {
	int home; /* -1: not away */
	bool is_borrowed;
};

#define NETNS_AT_HOME                                                                              \
	{                                                                                          \
		.home = -1                                                                         \
	}
#define cleanup_visit cleanup_with(netns_leave)

int netns_enter(struct netns_visit *visit, int fd, struct cni_error *err) must_check;

/* The same for who has the way home open already, and visits more than once; it stays open. */
int netns_enter_from(struct netns_visit *visit, int home, int fd, struct cni_error *err) must_check;

/*
 * Goes home, in several tries when the kernel refuses. Being lost in a foreign namespace for good
 * ends the process.
 */
void netns_leave(struct netns_visit *visit);
