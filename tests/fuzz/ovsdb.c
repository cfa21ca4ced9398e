/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a database server says: any bytes end in an answer or in an error, and whatever an answer
 * holds can be asked for. Where a message ends does not depend on how its bytes come.
 */
#include <stdint.h>

#include "ovsdb/reply.h"
#include "ovsdb_server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask_row(const cJSON *row)
{
	const char *uuid = row_uuid(row, "_uuid");
	size_t values = 0;
	long number;

	assert(!*uuid || strlen(uuid) == UUID_TEXT - 1);
	assert(row_text(row, "name"));
	assert(row_map_text(row, "external_ids", "cni-owner"));
	(void)row_integer(row, "ofport", &number);
	(void)row_is_true(row, "protected");
	for (const cJSON *value = row_values(row, "trunks"); value; value = value->next)
		values++;
	assert(values || !row_values(row, "trunks"));
}

static void ask_answer(const cJSON *answer)
{
	const char *error = NULL, *details = NULL;
	int failed = reply_find_failure(answer, &error, &details);

	assert(failed < 0 || (error && details));
	for (int place = 0; place < 3; place++)
		for (const cJSON *row = reply_rows(answer, place); row; row = row->next)
			ask_row(row);
}

/* Byte by byte, its end is where it was in one piece. */
static void compare_framing(const char *bytes, size_t size)
{
	struct frame whole = { 0 }, parts = { 0 };
	long end = frame_scan(&whole, bytes, size);

	for (size_t i = 0; i < size; i++) {
		long r = frame_scan(&parts, bytes + i, 1);

		if (r) {
			assert(r < 0 ? end == r : end == (long)i + 1);
			return;
		}
	}
	assert(end == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_with(ovsdb_server_release) struct ovsdb_server server;
	const struct deadline deadline = deadline_in(1000);
	unsigned first, second;
	cleanup_error struct cni_error err = { 0 };
	cleanup_json cJSON *answer = NULL, *later = NULL;

	compare_framing((const char *)data, size);
	ovsdb_server_start(&server);
	ovsdb_server_say(&server, data, size);
	ovsdb_server_end(&server);
	(void)ovsdb_begin(&server.db, &first);
	ovsdb_end(&server.db);
	second = ovsdb_request(&server.db, "echo", "[]");
	assert(ovsdb_send(&server.db, deadline, &err) == 0);
	if (ovsdb_await(&server.db, second, deadline, &later, &err) == 0)
		ask_answer(later);
	assert(!later == cni_error_is_set(&err));
	cni_error_release(&err);
	if (ovsdb_await(&server.db, first, deadline, &answer, &err) == 0)
		ask_answer(answer);
	assert(!answer == cni_error_is_set(&err));
	return 0;
}
