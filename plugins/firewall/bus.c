/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows libdbus: how to connect, ask and wait without its main loop and its patience. */
#include "bus.h"

#include <dbus/dbus.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "base/alloc.h"
#include "base/signals.h"
#include "base/text.h"

enum {
	TURN_MS = 100,		       /* so long a signal may wait to be heard */
	MESSAGE_MAX = 4 * 1024 * 1024, /* bytes: some 100,000 addresses */
};

/* The first is where it is; the second is what the specification of D-Bus says. */
static const char default_addresses[] = "unix:path=/run/dbus/system_bus_socket;"
					"unix:path=/var/run/dbus/system_bus_socket";

#define BUS "org.freedesktop.DBus"

#define cleanup_dbus_error cleanup_with(dbus_error_free)

static void message_release(DBusMessage **message)
{
	if (*message)
		dbus_message_unref(*message);
}

#define cleanup_message cleanup_with(message_release)

static void pending_release(DBusPendingCall **pending)
{
	if (!*pending)
		return;
	dbus_pending_call_cancel(*pending);
	dbus_pending_call_unref(*pending);
}

#define cleanup_pending cleanup_with(pending_release)

static void say(struct bus *bus, const DBusError *error)
{
	free(bus->said);
	bus->said = xasprintf("%s: %s", error->name, error->message);
}

bool bus_said(const struct bus *bus, const char *text)
{
	return bus->said && strstr(bus->said, text);
}

/* ---- connecting */

/* libdbus would also start programs and look up names of hosts. */
static bool is_unix(const char *addresses)
{
	DBusAddressEntry **entries = NULL;
	int count = 0;
	bool all = true;

	if (!dbus_parse_address(addresses, &entries, &count, NULL))
		return false;
	for (int i = 0; i < count; i++)
		all &= text_equal(dbus_address_entry_get_method(entries[i]), "unix");
	dbus_address_entries_free(entries);
	return all;
}

static int errno_of(const DBusError *error)
{
	static const struct {
		const char *name;
		int errnum;
	} names[] = {
		{ DBUS_ERROR_FILE_NOT_FOUND, ENOENT }, { DBUS_ERROR_NO_SERVER, ECONNREFUSED },
		{ DBUS_ERROR_ACCESS_DENIED, EACCES },  { DBUS_ERROR_AUTH_FAILED, EACCES },
		{ DBUS_ERROR_BAD_ADDRESS, EINVAL },    { DBUS_ERROR_DISCONNECTED, ECONNRESET },
	};

	for (size_t i = 0; i < array_size(names); i++) {
		if (dbus_error_has_name(error, names[i].name))
			return -names[i].errnum;
	}
	return -ECONNREFUSED;
}

static void wake(int number)
{
	(void)number; /* connect() returns, which is all */
}

/* What was before the alarm. */
struct alarm {
	struct sigaction action;
	sigset_t mask;
	bool is_set;
};

/* From now on a signal ends each connect() that takes a turn: libdbus makes one that can wait. */
static void alarm_begin(struct alarm *before)
{
	static const struct itimerval turns = { { 0, TURN_MS * 1000 }, { 0, TURN_MS * 1000 } };
	const struct sigaction action = { .sa_handler = wake };
	sigset_t alarm;

	(void)sigemptyset(&alarm);
	(void)sigaddset(&alarm, SIGALRM);
	/* without the handler the alarm would be our end */
	before->is_set = sigprocmask(SIG_UNBLOCK, &alarm, &before->mask) == 0 &&
			 sigaction(SIGALRM, &action, &before->action) == 0;
	if (before->is_set)
		(void)setitimer(ITIMER_REAL, &turns, NULL);
}

static void alarm_end(const struct alarm *before)
{
	static const struct itimerval none = { 0 };

	if (!before->is_set || setitimer(ITIMER_REAL, &none, NULL) < 0)
		return;
	(void)sigprocmask(SIG_SETMASK, &before->mask, NULL);
	(void)sigaction(SIGALRM, &before->action, NULL);
}

static DBusConnection *connect_once(const char *addresses, DBusError *error)
{
	struct alarm before;
	DBusConnection *connection;

	alarm_begin(&before);
	connection = dbus_connection_open_private(addresses, error);
	alarm_end(&before);
	return connection;
}

/* A bus that takes no connections makes connect() wait, in which signals are not heard. */
static int connect_in_turns(struct bus *bus, const char *addresses, struct deadline deadline)
{
	for (;;) {
		cleanup_dbus_error DBusError error = DBUS_ERROR_INIT;
		const int64_t begin = clock_now_ms();
		int r;

		bus->connection = connect_once(addresses, &error);
		if (bus->connection)
			return 0;
		if (dbus_error_has_name(&error, DBUS_ERROR_NO_MEMORY))
			out_of_memory();
		r = signals_heard();
		if (r < 0)
			return r;
		if (deadline_left(deadline) == 0)
			return -ETIMEDOUT;
		if (clock_now_ms() - begin >= TURN_MS &&
		    dbus_error_has_name(&error, DBUS_ERROR_FAILED))
			continue;
		say(bus, &error);
		return errno_of(&error);
	}
}

static int register_name(struct bus *bus, struct deadline deadline)
{
	static const struct bus_question hello = {
		.destination = BUS,
		.path = "/org/freedesktop/DBus",
		.interface = BUS,
		.method = "Hello",
		.answer = BUS_TEXT,
	};
	cleanup_bus_answer struct bus_answer name = { 0 };
	int r = bus_ask(bus, &hello, deadline, &name);

	if (r == 0 && !dbus_bus_set_unique_name(bus->connection, name.texts[0]))
		out_of_memory();
	return r;
}

int bus_open(struct bus *bus, struct deadline deadline)
{
	const char *addresses = getenv("DBUS_SYSTEM_BUS_ADDRESS");
	int r;

	if (text_is_empty(addresses))
		addresses = default_addresses;
	if (!is_unix(addresses))
		return -EINVAL;
	r = connect_in_turns(bus, addresses, deadline);
	if (r < 0)
		return r;
	dbus_connection_set_exit_on_disconnect(bus->connection, FALSE);
	dbus_connection_set_max_message_size(bus->connection, MESSAGE_MAX);
	dbus_connection_set_max_received_size(bus->connection, MESSAGE_MAX);
	return register_name(bus, deadline);
}

void bus_close(struct bus *bus)
{
	free(bus->said);
	bus->said = NULL;
	if (!bus->connection)
		return;
	dbus_connection_close(bus->connection);
	dbus_connection_unref(bus->connection);
	bus->connection = NULL;
}

/* ---- asking */

static DBusMessage *write_question(const struct bus_question *question)
{
	DBusMessage *message = dbus_message_new_method_call(question->destination, question->path,
							    question->interface, question->method);

	if (!message)
		out_of_memory();
	dbus_message_set_auto_start(message, FALSE);
	for (size_t i = 0; i < BUS_ARGUMENTS && question->arguments[i]; i++) {
		if (!dbus_message_append_args(message, DBUS_TYPE_STRING, &question->arguments[i],
					      DBUS_TYPE_INVALID))
			out_of_memory();
	}
	return message;
}

/* Messages that nobody asked for are dropped on the way. */
static int await(DBusConnection *connection, DBusPendingCall *pending, struct deadline deadline)
{
	while (!dbus_pending_call_get_completed(pending)) {
		const int left = deadline_left(deadline);
		const dbus_bool_t is_open =
			dbus_connection_read_write_dispatch(connection,
							    left < TURN_MS ? left : TURN_MS);
		int r;

		if (dbus_pending_call_get_completed(pending))
			return 0;
		if (!is_open)
			return -ECONNRESET;
		r = signals_heard();
		if (r < 0)
			return r;
		if (left == 0)
			return -ETIMEDOUT;
	}
	return 0;
}

static void add_text(struct bus_answer *answer, const char *text)
{
	answer->texts = xgrow(answer->texts, answer->count, sizeof(*answer->texts));
	answer->texts[answer->count++] = xstrdup(text);
}

static bool read_texts(DBusMessage *message, struct bus_answer *ret)
{
	char **texts = NULL;
	int count = 0;

	if (!dbus_message_get_args(message, NULL, DBUS_TYPE_ARRAY, DBUS_TYPE_STRING, &texts, &count,
				   DBUS_TYPE_INVALID))
		return false;
	for (int i = 0; i < count; i++)
		add_text(ret, texts[i]);
	dbus_free_string_array(texts);
	return true;
}

static bool read_answer(DBusMessage *message, enum bus_type type, struct bus_answer *ret)
{
	const char *text = NULL;
	dbus_bool_t is_true = FALSE;

	if (type == BUS_TEXTS)
		return read_texts(message, ret);
	if (type == BUS_BOOLEAN) {
		if (!dbus_message_get_args(message, NULL, DBUS_TYPE_BOOLEAN, &is_true,
					   DBUS_TYPE_INVALID))
			return false;
		ret->is_true = is_true;
		return true;
	}
	if (!dbus_message_get_args(message, NULL, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID))
		return false;
	add_text(ret, text);
	return true;
}

static int judge(struct bus *bus, DBusMessage *message, enum bus_type type, struct bus_answer *ret)
{
	cleanup_dbus_error DBusError error = DBUS_ERROR_INIT;

	if (dbus_set_error_from_message(&error, message)) {
		say(bus, &error);
		/* libdbus says so itself where the connection ends before the answer came. */
		return dbus_message_get_sender(message) ? -EREMOTEIO : -ECONNRESET;
	}
	return read_answer(message, type, ret) ? 0 : -EBADMSG;
}

int bus_ask(struct bus *bus, const struct bus_question *question, struct deadline deadline,
	    struct bus_answer *ret)
{
	cleanup_message DBusMessage *message = write_question(question), *answer = NULL;
	cleanup_pending DBusPendingCall *pending = NULL;
	int r;

	free(steal(&bus->said));
	if (!dbus_connection_send_with_reply(bus->connection, message, &pending,
					     DBUS_TIMEOUT_INFINITE))
		out_of_memory();
	if (!pending)
		return -ECONNRESET;
	r = await(bus->connection, pending, deadline);
	if (r < 0)
		return r;
	answer = dbus_pending_call_steal_reply(pending);
	return answer ? judge(bus, answer, question->answer, ret) : -ECONNRESET;
}

void bus_answer_release(struct bus_answer *answer)
{
	for (size_t i = 0; i < answer->count; i++)
		free(answer->texts[i]);
	free(answer->texts);
}
