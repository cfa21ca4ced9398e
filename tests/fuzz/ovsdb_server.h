/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A database server that says what it is given, whatever it is asked: the other end of a socket
 * pair, in which all its answers wait before the first question.
 */
#pragma once

#include <assert.h>
#include <string.h>
#include <sys/socket.h>

#include "ovsdb/ovsdb.h"

struct ovsdb_server {
	struct ovsdb db;
	int end;
};

#define cleanup_server cleanup_with(ovsdb_server_release)

static inline void ovsdb_server_start(struct ovsdb_server *server)
{
	int ends[2];

	assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
	*server = (struct ovsdb_server){
		.db = { .fd = ends[0], .path = "/db.sock", .code = CNI_ERR_TRY_LATER },
		.end = ends[1],
	};
}

static inline void ovsdb_server_say(struct ovsdb_server *server, const void *bytes, size_t size)
{
	/* What does not fit the socket's buffer is lost, and the answer ends in the middle. */
	ignore(send(server->end, bytes, size, MSG_NOSIGNAL));
}

/* It says no more; what it is sent still arrives. */
static inline void ovsdb_server_end(struct ovsdb_server *server)
{
	assert(shutdown(server->end, SHUT_WR) == 0);
}

static inline void ovsdb_server_release(struct ovsdb_server *server)
{
	ovsdb_close(&server->db);
	close_fd(&server->end);
}
