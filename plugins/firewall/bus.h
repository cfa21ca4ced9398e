/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection to the system's message bus (D-Bus), by libdbus. Whatever the bus or who is on it
 * does, a call ends at its deadline or at SIGTERM. Nothing is started for it: no program, no
 * service.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/deadline.h"

struct DBusConnection;

/* Starts as all zero. */
struct bus {
	struct DBusConnection *connection;
	char *said; /* what the last failure was told with: a name of D-Bus, ": ", a text; or NULL
		     */
};

#define cleanup_bus cleanup_with(bus_close)

enum bus_type { BUS_TEXT, BUS_BOOLEAN, BUS_TEXTS };

enum { BUS_ARGUMENTS = 2 };

struct bus_question {
	const char *destination, *path, *interface, *method;
	const char *arguments[BUS_ARGUMENTS]; /* UTF-8; NULL: no more */
	enum bus_type answer;		      /* anything else is -EBADMSG */
};

/* Starts as all zero; one of the two is filled. */
struct bus_answer {
	bool is_true;
	char **texts; /* one of BUS_TEXT, any number of BUS_TEXTS; UTF-8 */
	size_t count;
};

#define cleanup_bus_answer cleanup_with(bus_answer_release)

/*
 * Connects to the bus that DBUS_SYSTEM_BUS_ADDRESS names, else to the system's, over a unix
 * socket. -ENOENT: there is no socket, -ECONNREFUSED, -EACCES, -ECONNRESET: the bus does not want
 * us, -EINVAL: an address of another kind; -ETIMEDOUT, -EINTR, -EREMOTEIO, -EBADMSG.
 */
int bus_open(struct bus *bus, struct deadline deadline) must_check;

/*
 * -EREMOTEIO: the answer is an error, which bus->said holds; -ECONNRESET: the connection has
 * ended; -ETIMEDOUT, -EINTR, -EBADMSG.
 */
int bus_ask(struct bus *bus, const struct bus_question *question, struct deadline deadline,
	    struct bus_answer *ret) must_check;

/* True when the last failure has this text in what it was told with. */
bool bus_said(const struct bus *bus, const char *text);

void bus_answer_release(struct bus_answer *answer);
void bus_close(struct bus *bus);
