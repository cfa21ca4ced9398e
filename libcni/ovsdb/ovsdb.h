/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection to the database of Open vSwitch: JSON-RPC 1.0 over a unix socket (RFC 7047).
 *Requests are collected and travel in one write; their answers are awaited one by one. Whatever the
 *server does, a call ends at its deadline, at SIGTERM, or when an answer is larger than any use.
 *
 *	struct json_writer *w = ovsdb_begin(&db, &id);
 *	operation_…(w, …);
 *	ovsdb_end(&db);
 *	r = ovsdb_send(&db, deadline, err);
 *	if (r == 0)
 *		r = ovsdb_await(&db, id, deadline, &answer, err);
 */
#pragma once

#include "base/cleanup.h"
#include "base/deadline.h"
#include "base/error.h"
#include "base/text.h"
#include "ovsdb/frame.h"
#include "types/json.h"

/* What an answer may have at most, in bytes; how many values these may be tells ovsdb/frame.h. */
enum { OVSDB_ANSWER_MAX = 32 * 1024 * 1024 };

/* Messages that nobody asked for, between two answers. */
enum { OVSDB_UNASKED_MAX = 1000 };

struct ovsdb {
	int fd;
	const char *path; /* borrowed, for messages */
	unsigned code;	  /* of errors: CNI_ERR_TRY_LATER unless the caller sets another */
	unsigned last_id, answered; /* requests, and those of them that have their answer */
	struct text outbox, inbox;
	size_t taken;	      /* bytes of the inbox that are read already */
	struct frame frame;   /* the message that begins there */
	size_t scanned;	      /* of it */
	cJSON *early;	      /* answers that came before they were awaited: a list, or NULL */
	struct json_writer w; /* of the request that is being written */
};

#define OVSDB_CLOSED                                                                               \
	{                                                                                          \
		.fd = -1, .code = CNI_ERR_TRY_LATER                                                \
	}
#define cleanup_ovsdb cleanup_with(ovsdb_close)

/* `path` of the unix socket stays the caller's. Nothing is sent. */
int ovsdb_connect(struct ovsdb *db, const char *path, struct deadline deadline,
		  struct cni_error *err) must_check;
void ovsdb_close(struct ovsdb *db);

/* Begins a transaction; its operations are written into the list that is open. */
struct json_writer *ovsdb_begin(struct ovsdb *db, unsigned *ret_id);
void ovsdb_end(struct ovsdb *db);

/* Any other request; `params` is a whole JSON text. */
unsigned ovsdb_request(struct ovsdb *db, const char *method, const char *params);

/* Sends what was collected, in one write where the socket takes it. */
int ovsdb_send(struct ovsdb *db, struct deadline deadline, struct cni_error *err) must_check;

/*
 * The result of a request, whose errors become ours; what failed within a transaction is in it
 * (ovsdb/reply.h). The server's echo requests are answered meanwhile. -ETIMEDOUT, -EINTR,
 * -ECONNRESET, -EBADMSG, -EFBIG, -EPROTO. The caller frees it with cleanup_json.
 */
int ovsdb_await(struct ovsdb *db, unsigned id, struct deadline deadline, cJSON **ret,
		struct cni_error *err) must_check;

/* For one request alone: ends it, sends it and awaits its answer. */
int ovsdb_call(struct ovsdb *db, unsigned id, struct deadline deadline, cJSON **ret,
	       struct cni_error *err) must_check;
