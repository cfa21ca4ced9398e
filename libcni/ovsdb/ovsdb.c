/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how requests travel to the database's server and how its answers come back. */
#include "ovsdb/ovsdb.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/alloc.h"
#include "base/signals.h"

enum { CHUNK = 65536, CONNECT_PATIENCE_MS = 100 };

/* ---- the connection */

static int fail(const struct ovsdb *db, int r, struct cni_error *err)
{
	(void)cni_fail(err, db->code, -r, "the database of Open vSwitch at %s does not answer",
		       db->path);
	if (r == -ETIMEDOUT)
		cni_error_details(err, "is ovsdb-server stopped or busy? see its log");
	return r;
}

static int fail_connect(const struct ovsdb *db, int r, struct cni_error *err)
{
	(void)cni_fail(err, db->code, -r, "cannot connect to the database of Open vSwitch at %s",
		       db->path);
	if (r == -ENOENT || r == -ECONNREFUSED)
		cni_error_details(
			err,
			"start ovsdb-server, or name its socket in socket_file; a container's runtime must see the folder of the socket");
	return r;
}

/*
 * A server that takes no connections makes connect() wait, in which signals are not heard: so it
 * waits in short turns.
 */
static int connect_in_turns(int fd, const struct sockaddr_un *address, struct deadline deadline)
{
	for (;;) {
		int left = deadline_left(deadline);
		int turn = left < CONNECT_PATIENCE_MS ? left + 1 : CONNECT_PATIENCE_MS;
		const struct timeval patience = { .tv_usec = turn * 1000L };
		int r;

		if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
			return -errno;
		if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
			return 0;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		r = signals_heard();
		if (r < 0)
			return r;
		if (!left)
			return -ETIMEDOUT;
	}
}

int ovsdb_connect(struct ovsdb *db, const char *path, struct deadline deadline,
		  struct cni_error *err)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int r;

	db->path = path;
	if (fd < 0)
		return fail_connect(db, -errno, err);
	if (strlen(path) >= sizeof(address.sun_path))
		return fail_connect(db, -ENAMETOOLONG, err);
	memcpy(address.sun_path, path, strlen(path));
	r = connect_in_turns(fd, &address, deadline);
	if (r < 0)
		return fail_connect(db, r, err);
	db->fd = steal_fd(&fd);
	return 0;
}

void ovsdb_close(struct ovsdb *db)
{
	close_fd(&db->fd);
	text_release(&db->outbox);
	text_release(&db->inbox);
	cJSON_Delete(db->early);
	*db = (struct ovsdb){ .fd = -1, .path = db->path, .code = db->code };
}

/* ---- requests */

/* Only the compact form is written, which has no need of the writer's depth of what is around. */
static void open_request(struct ovsdb *db, const char *method)
{
	db->w = (struct json_writer){ .out = &db->outbox, .compact = true };
	json_open(&db->w, NULL, '{');
	json_integer(&db->w, "id", (long)++db->last_id);
	json_string(&db->w, "method", method);
}

struct json_writer *ovsdb_begin(struct ovsdb *db, unsigned *ret_id)
{
	open_request(db, "transact");
	*ret_id = db->last_id;
	json_open(&db->w, "params", '[');
	json_string(&db->w, NULL, "Open_vSwitch");
	return &db->w;
}

void ovsdb_end(struct ovsdb *db)
{
	json_close(&db->w, ']');
	json_close(&db->w, '}');
}

unsigned ovsdb_request(struct ovsdb *db, const char *method, const char *params)
{
	open_request(db, method);
	text_addf(&db->outbox, ",\"params\":%s}", params);
	return db->last_id;
}

static int write_all(struct ovsdb *db, struct deadline deadline)
{
	size_t sent = 0;

	while (sent < db->outbox.len) {
		struct pollfd ready = { .fd = db->fd, .events = POLLOUT };
		ssize_t n = send(db->fd, db->outbox.s + sent, db->outbox.len - sent,
				 MSG_DONTWAIT | MSG_NOSIGNAL);
		int r;

		if (n >= 0) {
			sent += (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return errno == EPIPE ? -ECONNRESET : -errno;
		r = signals_poll(&ready, 1, deadline);
		if (r <= 0)
			return r < 0 ? r : -ETIMEDOUT;
	}
	text_release(&db->outbox);
	return 0;
}

int ovsdb_send(struct ovsdb *db, struct deadline deadline, struct cni_error *err)
{
	int r = write_all(db, deadline);

	return r < 0 ? fail(db, r, err) : 0;
}

/* ---- answers */

/* Drops what is read already, so that the inbox has room; once for each read, not each message. */
static void make_room(struct ovsdb *db)
{
	if (!db->taken)
		return;
	memmove(db->inbox.s, db->inbox.s + db->taken, db->inbox.len - db->taken);
	db->inbox.len -= db->taken;
	db->taken = 0;
}

static int read_more(struct ovsdb *db, struct deadline deadline)
{
	char chunk[CHUNK];

	make_room(db);
	if (db->inbox.len > OVSDB_ANSWER_MAX)
		return -EFBIG;
	for (;;) {
		struct pollfd ready = { .fd = db->fd, .events = POLLIN };
		ssize_t n = recv(db->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
		int r;

		if (n == 0)
			return -ECONNRESET;
		if (n > 0) {
			text_add_bytes(&db->inbox, chunk, (size_t)n);
			return 0;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		r = signals_poll(&ready, 1, deadline);
		if (r <= 0)
			return r < 0 ? r : -ETIMEDOUT;
	}
}

/* A server that never stops sending is left at the deadline, like one that never begins. */
static int read_frame(struct ovsdb *db, struct deadline deadline, size_t *ret_size)
{
	for (;;) {
		const char *next = db->inbox.s ? db->inbox.s + db->taken : "";
		size_t known = db->inbox.len - db->taken;
		long end = frame_scan(&db->frame, next + db->scanned, known - db->scanned);
		int r;

		if (end < 0)
			return (int)end;
		if (end > 0) {
			*ret_size = db->scanned + (size_t)end;
			db->frame = (struct frame){ 0 };
			db->scanned = 0;
			return 0;
		}
		db->scanned = known;
		r = read_more(db, deadline);
		if (r == 0 && !deadline_left(deadline))
			r = -ETIMEDOUT;
		if (r < 0)
			return r;
	}
}

static int read_message(struct ovsdb *db, struct deadline deadline, cJSON **ret)
{
	cleanup_free char *why = NULL;
	size_t size = 0;
	int r = read_frame(db, deadline, &size);

	if (r < 0)
		return r;
	r = json_parse(db->inbox.s + db->taken, size, ret, &why);
	db->taken += size;
	return r < 0 ? -EBADMSG : 0;
}

/* The server ends connections whose echo requests nobody answers. */
static int answer_echo(struct ovsdb *db, const cJSON *message, struct deadline deadline)
{
	struct json_writer w = { .out = &db->outbox, .compact = true };
	const cJSON *params = json_get_exact(message, "params");

	json_open(&w, NULL, '{');
	json_value(&w, "id", json_get_exact(message, "id"));
	json_open(&w, "result", '[');
	for (const cJSON *p = cJSON_IsArray(params) ? params->child : NULL; p; p = p->next)
		json_value(&w, NULL, p);
	json_close(&w, ']');
	text_add(&db->outbox, ",\"error\":null}");
	return write_all(db, deadline);
}

static bool is_echo(const cJSON *message)
{
	const cJSON *method = json_get_exact(message, "method");

	return cJSON_IsString(method) && text_equal(method->valuestring, "echo") &&
	       json_get_exact(message, "id");
}

static bool is_answer_to(const cJSON *message, unsigned id)
{
	long number;

	return !json_get_exact(message, "method") &&
	       json_is_integer(json_get_exact(message, "id"), &number) && number == (long)id;
}

static cJSON *find_early(struct ovsdb *db, unsigned id)
{
	for (cJSON *item = db->early ? db->early->child : NULL; item; item = item->next)
		if (is_answer_to(item, id))
			return item;
	return NULL;
}

/*
 * The answer to another of our requests, each once; everything else is dropped. No more is kept
 * than requests are open, whichever the server answers again.
 */
static void keep_early(struct ovsdb *db, cJSON **message)
{
	const unsigned others = db->last_id - db->answered - 1;

	if ((unsigned)cJSON_GetArraySize(db->early) >= others)
		return;
	for (unsigned id = 1; id <= db->last_id; id++) {
		if (!is_answer_to(*message, id) || find_early(db, id))
			continue;
		if (!db->early)
			db->early = cJSON_CreateArray();
		if (!db->early || !cJSON_AddItemToArray(db->early, steal(message)))
			out_of_memory();
		return;
	}
}

/* Reads until the answer to `id` comes: the whole message. */
static int find_answer(struct ovsdb *db, unsigned id, struct deadline deadline, cJSON **ret)
{
	cJSON *early = find_early(db, id);

	*ret = early ? cJSON_DetachItemViaPointer(db->early, early) : NULL;
	for (int unasked = 0; !*ret && unasked < OVSDB_UNASKED_MAX; unasked++) {
		cleanup_json cJSON *message = NULL;
		int r = read_message(db, deadline, &message);

		if (r == 0 && is_answer_to(message, id))
			*ret = steal(&message);
		else if (r == 0 && is_echo(message))
			r = answer_echo(db, message, deadline);
		else if (r == 0)
			keep_early(db, &message);
		if (r < 0)
			return r;
	}
	db->answered += *ret ? 1 : 0;
	return *ret ? 0 : -EPROTO;
}

int ovsdb_await(struct ovsdb *db, unsigned id, struct deadline deadline, cJSON **ret,
		struct cni_error *err)
{
	cleanup_json cJSON *message = NULL;
	const cJSON *error;
	cJSON *result;
	int r = find_answer(db, id, deadline, &message);

	if (r < 0)
		return fail(db, r, err);
	error = json_get_exact(message, "error");
	result = cJSON_DetachItemFromObjectCaseSensitive(message, "result");
	if (error || !result) {
		cJSON_Delete(result);
		(void)cni_fail(err, db->code, 0, "the database of Open vSwitch at %s refuses",
			       db->path);
		if (error && cJSON_IsString(error))
			cni_error_details(err, "it says: %s", error->valuestring);
		return -EPROTO;
	}
	*ret = result;
	return 0;
}

int ovsdb_call(struct ovsdb *db, unsigned id, struct deadline deadline, cJSON **ret,
	       struct cni_error *err)
{
	int r;

	ovsdb_end(db);
	r = ovsdb_send(db, deadline, err);
	return r < 0 ? r : ovsdb_await(db, id, deadline, ret, err);
}
