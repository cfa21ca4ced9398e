/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The requests as they are on the wire, and which of their answers matter. */
#include "floor_switch.h"

#include <errno.h>
#include <stdio.h>

#include "base/alloc.h"
#include "ovsdb/ovsdb.h"
#include "ovsdb/reply.h"

enum { PATIENCE_MS = 5000, TAKEN = 1, INSERTED_PORT = 1 };

struct floor_switch {
	struct ovsdb db;
	char *socket;
	char port[UUID_TEXT];
};

static const char insertion[] =
	"[\"Open_vSwitch\","
	"{\"op\":\"insert\",\"table\":\"Interface\",\"uuid-name\":\"i\",\"row\":{\"name\":\"%1$s\"}},"
	"{\"op\":\"insert\",\"table\":\"Port\",\"uuid-name\":\"p\","
	"\"row\":{\"name\":\"%1$s\",\"interfaces\":[\"named-uuid\",\"i\"]}},"
	"{\"op\":\"mutate\",\"table\":\"Bridge\",\"where\":[[\"name\",\"==\",\"ovs0\"]],"
	"\"mutations\":[[\"ports\",\"insert\",[\"named-uuid\",\"p\"]]]},"
	"{\"op\":\"mutate\",\"table\":\"Open_vSwitch\",\"where\":[],\"mutations\":[[\"next_cfg\",\"+=\",1]]}]";

static const char waiting[] =
	"[\"Open_vSwitch\","
	"{\"op\":\"wait\",\"table\":\"Interface\",\"where\":[[\"name\",\"==\",\"%1$s\"]],"
	"\"columns\":[\"ofport\"],\"until\":\"!=\",\"rows\":[{\"ofport\":[\"set\",[]]}],\"timeout\":3000},"
	"{\"op\":\"select\",\"table\":\"Interface\",\"where\":[[\"name\",\"==\",\"%1$s\"]],"
	"\"columns\":[\"ofport\"]}]";

static const char removal[] =
	"[\"Open_vSwitch\","
	"{\"op\":\"mutate\",\"table\":\"Bridge\",\"where\":[],"
	"\"mutations\":[[\"ports\",\"delete\",[\"uuid\",\"%s\"]]]},"
	"{\"op\":\"mutate\",\"table\":\"Open_vSwitch\",\"where\":[],\"mutations\":[[\"next_cfg\",\"+=\",1]]}]";

struct floor_switch *floor_switch_new(const char *socket)
{
	struct floor_switch *on_switch = xcalloc(1, sizeof(*on_switch));

	on_switch->db = (struct ovsdb)OVSDB_CLOSED;
	on_switch->socket = xstrdup(socket);
	return on_switch;
}

int floor_switch_connect(struct floor_switch *on_switch)
{
	ovsdb_close(&on_switch->db);
	return ovsdb_connect(&on_switch->db, on_switch->socket, deadline_in(PATIENCE_MS), NULL);
}

void floor_switch_close(struct floor_switch *on_switch)
{
	if (!on_switch)
		return;
	ovsdb_close(&on_switch->db);
	free(on_switch->socket);
	free(on_switch);
}

/* The answer, in which nothing failed. */
static int await(struct floor_switch *on_switch, unsigned id, cJSON **ret)
{
	const char *error, *details;
	int r = ovsdb_await(&on_switch->db, id, deadline_in(PATIENCE_MS), ret, NULL);

	return r < 0 ? r : reply_find_failure(*ret, &error, &details) >= 0 ? -EPROTO : 0;
}

int floor_switch_join(struct floor_switch *on_switch, const char *port)
{
	cleanup_free char *insert = xasprintf(insertion, port);
	cleanup_free char *wait = xasprintf(waiting, port);
	cleanup_json cJSON *inserted = NULL, *taken = NULL;
	unsigned first = ovsdb_request(&on_switch->db, "transact", insert);
	unsigned second = ovsdb_request(&on_switch->db, "transact", wait);
	long number = 0;
	int r = ovsdb_send(&on_switch->db, deadline_in(PATIENCE_MS), NULL)
			?: await(on_switch, first, &inserted)
			?: await(on_switch, second, &taken);

	if (r < 0)
		return r;
	(void)snprintf(on_switch->port, sizeof(on_switch->port), "%s",
		       row_uuid(cJSON_GetArrayItem(inserted, INSERTED_PORT), "uuid")); /* fits */
	return row_integer(reply_rows(taken, TAKEN), "ofport", &number) && number > 0 ? 0 : -EPROTO;
}

int floor_switch_leave(struct floor_switch *on_switch)
{
	cleanup_free char *remove = xasprintf(removal, on_switch->port);
	cleanup_json cJSON *removed = NULL;
	unsigned id = ovsdb_request(&on_switch->db, "transact", remove);
	int r = ovsdb_send(&on_switch->db, deadline_in(PATIENCE_MS), NULL);

	return r < 0 ? r : await(on_switch, id, &removed);
}
