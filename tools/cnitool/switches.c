/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports of Open vSwitch among the links of the host. A port has the name of its link. */
#include "switches.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/deadline.h"
#include "ovsdb/operation.h"
#include "ovsdb/ovsdb.h"
#include "ovsdb/reply.h"

/* A picture does not wait for long. */
enum { SWITCH_ANSWER_MS = 1000 };

/* Which bridge a port's row belongs to: both borrowed from the answer. */
struct membership {
	const char *uuid;
	const char *bridge;
};

struct memberships {
	struct membership *items;
	size_t count;
};

static void memberships_release(struct memberships *memberships)
{
	free(memberships->items);
}

static void select_all(struct json_writer *w, const char *table, const char *columns)
{
	operation_open(w, "select", table);
	operation_where_any(w);
	operation_columns(w, columns);
	operation_close(w);
}

static int ask(cJSON **ret)
{
	cleanup_error struct cni_error ignored = { 0 };
	cleanup_ovsdb struct ovsdb db = OVSDB_CLOSED;
	struct deadline deadline = deadline_in(SWITCH_ANSWER_MS);
	struct json_writer *w;
	unsigned id;
	int r = ovsdb_connect(&db, SWITCH_SOCKET, deadline, &ignored);

	if (r < 0)
		return r;
	w = ovsdb_begin(&db, &id);
	select_all(w, "Bridge", "name ports");
	select_all(w, "Port", "_uuid name tag trunks external_ids");
	return ovsdb_call(&db, id, deadline, ret, &ignored);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct membership *)a)->uuid, ((const struct membership *)b)->uuid);
}

/* A set of one is written as the value itself: a pair that begins with "uuid". */
static const char *uuid_of(const cJSON *value)
{
	const cJSON *text = cJSON_IsArray(value) ? cJSON_GetArrayItem(value, 1) : value;

	return cJSON_IsString(text) ? text->valuestring : NULL;
}

static struct memberships memberships_of(const cJSON *bridges)
{
	struct memberships found = { 0 };

	for (const cJSON *row = bridges; row; row = row->next) {
		for (const cJSON *port = row_values(row, "ports"); port; port = value_next(port)) {
			const char *uuid = uuid_of(port);

			if (!uuid)
				continue;
			found.items = xgrow(found.items, found.count, sizeof(*found.items));
			found.items[found.count++] = (struct membership){
				.uuid = uuid, .bridge = row_text(row, "name")
			};
		}
	}
	if (found.count)
		qsort(found.items, found.count, sizeof(*found.items), compare);
	return found;
}

static const char *bridge_of(const struct memberships *memberships, const char *uuid)
{
	const struct membership wanted = { .uuid = uuid };
	const struct membership *found = memberships->count ? bsearch(&wanted, memberships->items,
								      memberships->count,
								      sizeof(wanted), compare)
							    : NULL;

	return found ? found->bridge : NULL;
}

/* "VLAN 10", "trunk 10 20"; NULL for a port that takes all. */
static char *vlans_of(const cJSON *port)
{
	cleanup_text struct text text = { 0 };
	long tag;

	if (row_integer(port, "tag", &tag))
		return xasprintf("VLAN %ld", tag);
	for (const cJSON *value = row_values(port, "trunks"); value; value = value_next(value))
		if (cJSON_IsNumber(value))
			text_addf(&text, "%s%d", text.len ? " " : "trunk ", value->valueint);
	return steal(&text.s);
}

static char *gateway_of(const cJSON *port)
{
	const char *network = row_map_text(port, "external_ids", "cni-gateway");

	return *network ? xstrdup(network) : NULL;
}

static void take_port(struct space *host, const struct memberships *memberships, const cJSON *port)
{
	const char *name = row_text(port, "name");
	const char *bridge = bridge_of(memberships, row_uuid(port, "_uuid"));
	int at = space_find_link(host, name);
	int master = bridge ? space_find_link(host, bridge) : -1;

	if (at < 0 || master < 0)
		return;
	host->links[master].is_switch = true;
	if (at == master)
		return;
	host->links[at].link.master = host->links[master].link.index;
	free(host->links[at].vlans);
	free(host->links[at].gateway_of);
	host->links[at].gateway_of = gateway_of(port);
	host->links[at].vlans = vlans_of(port);
}

void switches_read(struct space *host)
{
	cleanup_json cJSON *answer = NULL;
	cleanup_with(memberships_release) struct memberships memberships = { 0 };

	if (access(SWITCH_SOCKET, F_OK) < 0 || ask(&answer) < 0)
		return;
	memberships = memberships_of(reply_rows(answer, 0));
	for (const cJSON *port = reply_rows(answer, 1); port; port = port->next)
		take_port(host, &memberships, port);
}
