/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A server that answers out of order, chats, stammers, lies or says nothing. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/signals.h"
#include "ovsdb/operation.h"
#include "ovsdb/reply.h"
#include "tests/fuzz/ovsdb_server.h"
#include "unit.h"

static void say(struct ovsdb_server *server, const char *text)
{
	ovsdb_server_say(server, text, strlen(text));
}

/* Two requests with nothing in them; their ids are 1 and 2. */
static void ask_twice(struct ovsdb_server *server)
{
	unsigned id;

	for (unsigned i = 1; i <= 2; i++) {
		(void)ovsdb_begin(&server->db, &id);
		ovsdb_end(&server->db);
		assert_int_equal(id, i);
	}
	assert_int_equal(ovsdb_send(&server->db, deadline_in(1000), NULL), 0);
}

/* What arrived at the server until now; the caller frees it. */
static char *hear(struct ovsdb_server *server)
{
	char buffer[65536];
	ssize_t n = recv(server->end, buffer, sizeof(buffer) - 1, 0);

	assert_true(n >= 0);
	buffer[n] = '\0';
	return xstrdup(buffer);
}

static int await(struct ovsdb_server *server, unsigned id, int ms, struct cni_error *err)
{
	cleanup_json cJSON *answer = NULL;

	return ovsdb_await(&server->db, id, deadline_in(ms), &answer, err);
}

static void requests_travel_together(void **state)
{
	cleanup_server struct ovsdb_server server;
	cleanup_free char *heard = NULL;

	(void)state;
	ovsdb_server_start(&server);
	ask_twice(&server);
	heard = hear(&server);
	assert_string_equal(heard,
			    "{\"id\":1,\"method\":\"transact\",\"params\":[\"Open_vSwitch\"]}"
			    "{\"id\":2,\"method\":\"transact\",\"params\":[\"Open_vSwitch\"]}");
}

static void answers_may_come_in_any_order_and_in_pieces(void **state)
{
	cleanup_server struct ovsdb_server server;
	cleanup_json cJSON *first = NULL, *second = NULL;

	(void)state;
	ovsdb_server_start(&server);
	ask_twice(&server);
	say(&server, " {\"id\":2,\"result\":[2],\"error\":null}\n{\"id\":1,\"result\":[\"}]");
	say(&server, "\\\"\"],\"error\":null}");
	assert_int_equal(ovsdb_await(&server.db, 1, deadline_in(1000), &first, NULL), 0);
	assert_int_equal(ovsdb_await(&server.db, 2, deadline_in(1000), &second, NULL), 0);
	assert_string_equal(first->child->valuestring, "}]\"");
	assert_int_equal(second->child->valueint, 2);
}

static void an_echo_is_answered_and_chatter_is_passed_over(void **state)
{
	cleanup_server struct ovsdb_server server;
	cleanup_free char *requests = NULL, *echo = NULL;

	(void)state;
	ovsdb_server_start(&server);
	ask_twice(&server);
	requests = hear(&server);
	say(&server,
	    "{\"id\":null,\"method\":\"update\",\"params\":[]}"
	    "{\"id\":\"x\",\"method\":\"echo\",\"params\":[\"a\",1]}"
	    "{\"id\":7,\"result\":[],\"error\":null}{\"id\":1,\"result\":[],\"error\":null}");
	assert_int_equal(await(&server, 1, 1000, NULL), 0);
	echo = hear(&server);
	assert_string_equal(echo, "{\"id\":\"x\",\"result\":[\"a\",1],\"error\":null}");
}

static void silence_ends_at_the_deadline(void **state)
{
	cleanup_server struct ovsdb_server server;
	cleanup_error struct cni_error err = { 0 };
	int64_t before = clock_now_ms();

	(void)state;
	ovsdb_server_start(&server);
	ask_twice(&server);
	say(&server, "{\"id\":1,\"resu");
	assert_int_equal(await(&server, 1, 50, &err), -ETIMEDOUT);
	assert_true(clock_now_ms() - before >= 50);
	assert_int_equal(err.code, CNI_ERR_TRY_LATER);
	expect_error(
		&err, CNI_ERR_TRY_LATER,
		"the database of Open vSwitch at /db.sock does not answer: connection timed out");
}

static void sigterm_is_heard(void **state)
{
	cleanup_server struct ovsdb_server server;
	sigset_t before;

	(void)state;
	signals_hold(&before);
	ovsdb_server_start(&server);
	ask_twice(&server);
	assert_int_equal(raise(SIGTERM), 0);
	assert_int_equal(await(&server, 1, 10000, NULL), -EINTR);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
}

static void garbage_and_the_end_are_errors(void **state)
{
	static const struct {
		const char *says;
		int r;
	} cases[] = {
		{ "hello", -EBADMSG },
		{ "[]", -EBADMSG },
		{ "{]", -EBADMSG },
		{ "{\"id\":1,}", -EBADMSG },
		{ "", -ECONNRESET },
		{ "{\"id\":1,\"result\":[", -ECONNRESET },
		{ "{\"id\":1}", -EPROTO },
		{ "{\"id\":1,\"result\":[],\"error\":\"unknown database\"}", -EPROTO },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		cleanup_server struct ovsdb_server server;
		cleanup_error struct cni_error err = { 0 };

		ovsdb_server_start(&server);
		ask_twice(&server);
		say(&server, cases[i].says);
		ovsdb_server_end(&server);
		assert_int_equal(await(&server, 1, 1000, &err), cases[i].r);
		assert_true(cni_error_is_set(&err));
	}
}

static void brackets_without_end_are_not_waited_for(void **state)
{
	struct frame frame = { 0 };
	char brackets[FRAME_DEPTH_MAX];

	(void)state;
	memset(brackets, '[', sizeof(brackets));
	assert_int_equal(frame_scan(&frame, "{", 1), 0);
	assert_int_equal(frame_scan(&frame, brackets, sizeof(brackets) - 1), 0);
	assert_int_equal(frame_scan(&frame, brackets, 1), -EBADMSG);
}

/* Each value is a node of a tree, fifty times as large as the two bytes it takes. */
static void values_without_number_are_not_read(void **state)
{
	struct frame frame = { 0 };

	(void)state;
	assert_int_equal(frame_scan(&frame, "{\"a,,,\":[", 9), 0);
	for (int i = 2; i < FRAME_VALUES_MAX; i++)
		assert_int_equal(frame_scan(&frame, "0,", 2), 0);
	assert_int_equal(frame_scan(&frame, "0,", 2), -EFBIG);
}

static void an_answer_that_is_told_again_is_not_kept(void **state)
{
	cleanup_server struct ovsdb_server server;
	unsigned third;

	(void)state;
	ovsdb_server_start(&server);
	ask_twice(&server);
	say(&server, "{\"id\":1,\"result\":[]}{\"id\":1,\"result\":[]}{\"id\":2,\"result\":[]}");
	assert_int_equal(await(&server, 1, 1000, NULL), 0);
	assert_int_equal(await(&server, 2, 1000, NULL), 0);
	(void)ovsdb_begin(&server.db, &third);
	ovsdb_end(&server.db);
	say(&server, "{\"id\":1,\"result\":[]}{\"id\":2,\"result\":[]}{\"id\":3,\"result\":[]}");
	assert_int_equal(await(&server, third, 1000, NULL), 0);
	assert_null(server.db.early);
}

static void a_server_that_only_chats_is_left(void **state)
{
	cleanup_server struct ovsdb_server server;
	cleanup_text struct text chatter = { 0 };

	(void)state;
	ovsdb_server_start(&server);
	ask_twice(&server);
	for (int i = 0; i < OVSDB_UNASKED_MAX; i++)
		text_add(&chatter, "{\"id\":9}");
	say(&server, chatter.s);
	assert_int_equal(await(&server, 1, 10000, NULL), -EPROTO);
}

static void a_missing_socket_says_what_to_do(void **state)
{
	cleanup_ovsdb struct ovsdb db = OVSDB_CLOSED;
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(ovsdb_connect(&db, "/nowhere/db.sock", deadline_in(1000), &err), -ENOENT);
	assert_non_null(strstr(err.details, "socket_file"));
	expect_error(
		&err, CNI_ERR_TRY_LATER,
		"cannot connect to the database of Open vSwitch at /nowhere/db.sock: no such file or directory");
}

static void operations_are_written_as_the_protocol_has_them(void **state)
{
	static const struct ovsdb_pair pairs[] = { { "a", "1" }, { "none", NULL } };
	static const char *const uuids[] = { "u1", "u2" };
	cleanup_text struct text text = { 0 };
	struct json_writer w = { .out = &text, .compact = true };

	(void)state;
	json_open(&w, NULL, '[');
	operation_open(&w, "select", "Port");
	operation_where_map(&w, "external_ids", pairs, array_size(pairs));
	operation_columns(&w, "_uuid name");
	operation_close(&w);
	operation_open(&w, "mutate", "Bridge");
	operation_where_any(&w);
	operation_remove_uuids(&w, "ports", uuids, array_size(uuids));
	operation_close(&w);
	operation_open(&w, "wait", "Bridge");
	operation_where_text(&w, "name", "br0");
	operation_columns(&w, "name");
	operation_rows_open(&w, "==", 0);
	operation_rows_close(&w);
	operation_close(&w);
	json_close(&w, ']');
	assert_string_equal(
		text.s,
		"[{\"op\":\"select\",\"table\":\"Port\",\"where\":[[\"external_ids\",\"includes\","
		"[\"map\",[[\"a\",\"1\"]]]]],\"columns\":[\"_uuid\",\"name\"]},"
		"{\"op\":\"mutate\",\"table\":\"Bridge\",\"where\":[],\"mutations\":[[\"ports\","
		"\"delete\",[\"set\",[[\"uuid\",\"u1\"],[\"uuid\",\"u2\"]]]]]},"
		"{\"op\":\"wait\",\"table\":\"Bridge\",\"where\":[[\"name\",\"==\",\"br0\"]],"
		"\"columns\":[\"name\"],\"until\":\"==\",\"timeout\":0,\"rows\":[]}]");
}

static void values_are_read_with_suspicion(void **state)
{
	cleanup_json cJSON *answer = parse_json(
		"[{\"rows\":[{\"_uuid\":[\"uuid\",\"36bef046-7da7-43a5-905a-c17899216fcb\"],"
		"\"bad\":[\"uuid\",\"../../etc/passwd\"],\"tag\":[\"set\",[]],\"one\":5,"
		"\"trunks\":[\"set\",[3,4]],\"name\":{\"a\":1},\"ids\":[\"map\",[[\"k\",\"v\"],7,[]]]}]},"
		"{\"error\":\"timed out\"},null]");
	const cJSON *row = reply_rows(answer, 0);
	const char *error, *details;
	long number;

	(void)state;
	assert_string_equal(row_uuid(row, "_uuid"), "36bef046-7da7-43a5-905a-c17899216fcb");
	assert_string_equal(row_uuid(row, "bad"), "");
	assert_string_equal(row_text(row, "name"), "");
	assert_string_equal(row_map_text(row, "ids", "k"), "v");
	assert_string_equal(row_map_text(row, "ids", "other"), "");
	assert_false(row_integer(row, "tag", &number));
	assert_true(row_integer(row, "one", &number));
	assert_int_equal(number, 5);
	assert_int_equal(value_next(row_values(row, "trunks"))->valueint, 4);
	assert_non_null(row_values(row, "one")->next);
	assert_null(value_next(row_values(row, "one")));
	assert_null(reply_rows(answer, 1));
	assert_int_equal(reply_find_failure(answer, &error, &details), 1);
	assert_string_equal(error, "timed out");
	assert_string_equal(details, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_travel_together),
		cmocka_unit_test(answers_may_come_in_any_order_and_in_pieces),
		cmocka_unit_test(an_echo_is_answered_and_chatter_is_passed_over),
		cmocka_unit_test(silence_ends_at_the_deadline),
		cmocka_unit_test(sigterm_is_heard),
		cmocka_unit_test(garbage_and_the_end_are_errors),
		cmocka_unit_test(brackets_without_end_are_not_waited_for),
		cmocka_unit_test(values_without_number_are_not_read),
		cmocka_unit_test(an_answer_that_is_told_again_is_not_kept),
		cmocka_unit_test(a_server_that_only_chats_is_left),
		cmocka_unit_test(a_missing_socket_says_what_to_do),
		cmocka_unit_test(operations_are_written_as_the_protocol_has_them),
		cmocka_unit_test(values_are_read_with_suspicion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
