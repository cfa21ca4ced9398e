/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon: one thread, one epoll. Between two exchanges with a server it holds nothing of a
 * container, neither its namespace nor a socket in it.
 */
#pragma once

#include "events.h"
#include "flags.h"
#include "holdings.h"
#include "lease_folder.h"

struct callers {
	struct caller *first;
	size_t count;
};

struct daemon {
	struct flags flags;
	char *socket_path; /* with the prefix */
	struct events events;
	struct event listener, signals, watch;
	struct lease_folder folder;
	struct holdings holdings;
	struct callers callers;
	size_t exchanges;      /* sockets that are open in containers */
	size_t exchanges_most; /* others wait a little */
	int64_t sweep_at;      /* look for namespaces that are gone; INT64_MAX */
	int64_t listen_at;     /* hear callers again; INT64_MAX */
	int64_t idle_at;       /* end for want of work; INT64_MAX */
	bool is_activated;     /* the listener was inherited */
	bool is_ending;
};

/* The whole program behind `dhcp daemon`: its exit status. */
int daemon_run(char *const *arguments);

/* A lease is there no more, whatever became of it: its file goes too. */
void daemon_forget(struct daemon *daemon, struct holding *holding);
